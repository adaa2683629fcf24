#pragma once
// What the auditor looks at. Each adapter that keeps durable state implements Evidence with plain SQL of its own; a gate
// gives GateEvidence; a client gives its journal. Any read that fails makes the laws that need it `unjudged`.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sluice::audit {

// All ids are text here: the auditor must not depend on the types that the judged code uses.
struct SaleFacts {  // one consistent read of one sale
    std::uint32_t sale = 0;
    std::string title;
    std::int64_t total = 0;
    std::int64_t available = 0;
    std::uint64_t version = 0;
    std::uint64_t epoch = 0;
    std::uint64_t sealed_epoch = 0;
    std::int64_t limit_per_buyer = 0;
    std::string gate_state;  // "recovering" | "open"
    std::string mode;        // "queued" | "direct"
    bool retired = false;    // has no gate any more, for good
    std::int64_t price = 0;
    std::int64_t active_units = 0;   // Σ quantity of awaiting_payment and paid orders
    std::uint64_t orders = 0;        // rows of any state
    std::uint64_t awaiting_payment = 0, paid = 0, cancelled = 0, rejected = 0;  // rows
    std::uint64_t deferred_orders = 0;
    std::int64_t deferred_units = 0;
};
struct MovementFacts {
    std::uint32_t sale = 0;
    std::uint64_t version = 0;
    std::int64_t units = 0;
    std::int64_t available_after = 0;
};
struct BuyerFacts {  // one per buyer and sale that has a totals row or an active order
    std::uint32_t sale = 0;
    std::string buyer;
    std::int64_t totals_row = 0;    // 0 when absent
    std::int64_t active_units = 0;  // Σ quantity of its active orders
};
struct OrderFacts {
    std::string order;
    std::uint32_t sale = 0;
    std::int64_t quantity = 0;
    std::int64_t price = 0;
    std::string state;   // awaiting_payment | paid | cancelled | rejected
    std::string reason;  // "" or expired, buyer_cancelled, sold_out, limit_reached, discarded
};
struct PaymentFacts {
    std::string payment;
    std::string order;        // that it was made for
    std::string replacement;  // "" or the order that late money bought
    std::string state;        // unmatched | applied | refund_due
};
struct QueuedFacts {  // an order id inside a message of the queue
    std::string order;
    std::uint32_t sale = 0;
    std::int64_t quantity = 0;
};
struct GateFacts {  // one atomic read of one sale's gate
    std::uint32_t sale = 0;
    bool serving = false;  // loaded, by the server that holds it now
    std::uint64_t epoch = 0;
    std::uint64_t version = 0;
    std::int64_t available = 0;
    std::int64_t held = 0;  // the counter
    struct Held {
        std::string order;
        std::int64_t quantity = 0;
        bool fresh = false;  // accepted so lately that its message may not be in the queue yet
    };
    std::vector<Held> held_orders;  // the hash
};

// Every method returns false when the store could not be read; then nothing may be concluded from it.
class Evidence {
public:
    virtual ~Evidence() = default;
    virtual bool sales(std::vector<SaleFacts>& out) = 0;
    virtual bool movements(const std::function<void(const MovementFacts&)>& row) = 0;  // by sale, then version
    virtual bool buyers(const std::function<void(const BuyerFacts&)>& row) = 0;
    virtual bool orders(const std::function<void(const OrderFacts&)>& row) = 0;
    virtual bool payments(const std::function<void(const PaymentFacts&)>& row) = 0;
    virtual bool deferred_orders(const std::function<void(const QueuedFacts&)>& row) = 0;
    virtual bool queued_orders(const std::function<void(const QueuedFacts&)>& row) = 0;
    virtual std::string last_error() const = 0;
};

}  // namespace sluice::audit
