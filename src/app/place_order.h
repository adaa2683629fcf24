#pragma once
// Buying: from a request to its 202/201 (docs/protocol.md §2, §5). Requests of one sale that arrive while a script call
// is in flight leave together as the next batch. One instance per io thread; not thread-safe.
//
// Delivery: `accepted` means durable: the order will be settled or rejected in the ledger, never lost. After
// kOutcomeUnknown the client repeats with the same key and learns the truth; no hold is ever released here.

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/catalogue_lease.h"
#include "app/order_ids.h"
#include "app/order_view.h"
#include "app/ports.h"
#include "async/task_group.h"

namespace sluice {

struct PlaceRequest {
    SaleId sale;
    BuyerId buyer;
    Units quantity = 0;
    std::optional<std::string> key;          // the Idempotency-Key
    std::optional<OrderId> order = std::nullopt;  // set only for the replacement order of late money
};

struct PlaceReply {
    std::optional<OrderId> order;  // known as soon as the sale is
    std::optional<Error> refusal;  // nullopt iff placed
    Units left = 0;                // for kSoldOut and kLimitReached
    OrderView view;                // valid iff placed; state kHeld means 202, anything else 200/201
    bool replayed = false;         // an earlier request with this key placed it
    bool direct = false;           // placed just now by direct mode: 201
};

struct PlaceLimits {
    std::size_t waiting_max = 8'192;      // requests waiting per sale and thread; beyond: kOverloaded
    std::size_t batch_orders_max = 1'024; // per script call: bounds its run time
    int in_flight_max = 2;                // batches of one sale between reserve and confirm
    int direct_replans_max = 8;
};

class PlaceOrder {
public:
    PlaceOrder(Ports ports, const CatalogueLease& lease, OrderIds& ids, TaskGroup& tasks, PlaceLimits limits = {});
    ~PlaceOrder();
    PlaceOrder(const PlaceOrder&) = delete;
    PlaceOrder& operator=(const PlaceOrder&) = delete;

    // Errors come as PlaceReply::refusal: kNotFound, kInvalidField, the sale's answers, kRecovering, kOverloaded,
    // kQueueUnavailable (nothing was reserved), kOutcomeUnknown.
    Task<PlaceReply> place(PlaceRequest request, Deadline deadline);

private:
    struct Line;  // the batcher of one sale

    Line& line_of(SaleId sale);
    void dispatch(Line& line);
    Task<void> run_batch(Line& line);
    Task<PlaceReply> place_uncatalogued(PlaceRequest request, Deadline deadline);

    Ports ports_;
    LeaseView lease_;
    OrderIds& ids_;
    TaskGroup& tasks_;
    PlaceLimits limits_;
    std::unordered_map<SaleId, std::unique_ptr<Line>> lines_;
};

}  // namespace sluice
