#pragma once
// Everything one audit read, indexed for the judges. A member is nullopt iff its read failed; then
// every law that needs it is unjudged. Built once, read by one thread, never moved: the indexes
// point into the vectors.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "audit/audit.h"
#include "audit/evidence.h"

namespace sluice::audit {

class Facts {
public:
    explicit Facts(AuditInput& input);
    Facts(const Facts&) = delete;
    Facts& operator=(const Facts&) = delete;

    const SaleFacts* find_sale(std::uint32_t sale) const;
    const OrderFacts* find_order(std::string_view order) const;  // the first row of this id
    bool is_queued(std::string_view order) const { return queued_ids_.contains(order); }
    bool is_deferred(std::string_view order) const { return deferred_ids_.contains(order); }
    // Held by a serving gate of the ledger's epoch. Where the queue cannot be read this says as much: such a gate holds
    // every order that it accepted until the ledger has its row, and all older ones passed its barrier.
    bool is_held(std::string_view order) const { return held_ids_.contains(order); }
    // Nothing can be said of an order of this sale that is seen nowhere: its message may be in the broker.
    bool may_be_in_unread_queue(std::uint32_t sale) const;

    std::optional<std::vector<SaleFacts>> sales;
    std::optional<std::vector<MovementFacts>> movements;
    std::optional<std::vector<BuyerFacts>> buyers;
    std::optional<std::vector<QueuedFacts>> queued;
    std::optional<std::vector<QueuedFacts>> deferred;
    std::optional<std::vector<OrderFacts>> orders;
    std::optional<std::vector<PaymentFacts>> payments;
    // As in AuditInput: no gates and not failed means that there is none to judge.
    std::optional<std::vector<GateFacts>> gates;
    bool gates_failed = false;
    std::optional<std::vector<JournalLine>> journal;
    std::optional<UnreadQueue> unread_queue;
    std::string read_error;  // of the first read that failed

private:
    void read_stores(Evidence& stores);
    void build_indexes();

    std::unordered_map<std::uint32_t, const SaleFacts*> sale_index_;
    std::unordered_map<std::string_view, const OrderFacts*> order_index_;
    std::unordered_set<std::string_view> queued_ids_;
    std::unordered_set<std::string_view> deferred_ids_;
    std::unordered_set<std::string_view> held_ids_;
    std::unordered_set<std::uint32_t> serving_sales_;  // whose gate is of the ledger's epoch
};

}  // namespace sluice::audit
