#include "domain/settlement.h"

#include <unordered_set>

#include "base/check.h"
#include "domain/snapshot_index.h"

namespace sluice {
namespace {

// Decides the orders of one run one after the other; each sees the units and totals left by those
// before it.
class Settler {
public:
    explicit Settler(const SaleSnapshot& snapshot);
    Settlement decide(const RunOrder& run);
    SettlementPlan finish(std::vector<Settlement> decisions);

private:
    Settlement duplicate(const OrderRow& row);
    Reason refusal(const AcceptedOrder& order) const;
    void insert(const AcceptedOrder& order, Reason reason);

    const SaleSnapshot& snapshot_;
    SnapshotIndex index_;
    Units available_;
    std::unordered_set<OrderId> inserted_;
    std::unordered_set<OrderId> healed_orders_;
    std::unordered_set<BuyerId> healed_buyers_;
    LedgerTruth healed_;
    LedgerChange change_;
};

Settler::Settler(const SaleSnapshot& snapshot)
    : snapshot_(snapshot), index_(snapshot), available_(snapshot.sale.available) {
    healed_.sale = snapshot.sale.id;
    healed_.epoch = snapshot.sale.epoch;
    healed_.version = snapshot.version;
    healed_.available = snapshot.sale.available;
    change_.sale = snapshot.sale.id;
    change_.expected = snapshot.version;
    change_.kind = MovementKind::kSettle;
}

Settlement Settler::decide(const RunOrder& run) {
    const AcceptedOrder& order = run.order;
    SLUICE_CHECK(order.quantity >= 1);
    if (const OrderRow* row = index_.order(order.order)) return duplicate(*row);
    if (inserted_.contains(order.order)) return Settlement::kDuplicate;
    if (index_.is_stale(order.order, run.epoch)) return Settlement::kStale;
    const DeferredOrder* deferred = index_.deferred(order.order);
    if (deferred != nullptr) {
        if (deferred->state == DeferredState::kBuried) return Settlement::kBuried;
        change_.undefer.push_back(order.order);
    }
    const Reason reason = refusal(order);
    insert(order, reason);
    return reason == Reason::kNone ? Settlement::kSettle : Settlement::kReject;
}

Settlement Settler::duplicate(const OrderRow& row) {
    if (!healed_orders_.insert(row.order).second) return Settlement::kDuplicate;
    healed_.finished.push_back({row.order, letter_of(row.state)});
    if (healed_buyers_.insert(row.buyer).second) {
        healed_.bought.push_back({row.buyer, index_.bought_before(row.buyer)});
    }
    index_.list_total(row.buyer, 0);  // for the truth of the change, if there is one
    return Settlement::kDuplicate;
}

Reason Settler::refusal(const AcceptedOrder& order) const {
    // Never met by a promised order (laws L9, L10); but whatever the gate did wrong, the ledger
    // does not oversell.
    if (index_.bought(order.buyer) + order.quantity > snapshot_.sale.limit_per_buyer) {
        return Reason::kLimitReached;
    }
    return available_ < order.quantity ? Reason::kSoldOut : Reason::kNone;
}

void Settler::insert(const AcceptedOrder& order, Reason reason) {
    const bool is_free = order.terms.price == Cents{0};
    const bool is_settled = reason == Reason::kNone;
    const OrderState settled = is_free ? OrderState::kPaid : OrderState::kAwaitingPayment;
    change_.insert.push_back({order, is_settled ? settled : OrderState::kRejected, reason});
    inserted_.insert(order.order);
    const Units taken = is_settled ? order.quantity : 0;
    available_ -= taken;
    index_.list_total(order.buyer, taken);
}

SettlementPlan Settler::finish(std::vector<Settlement> decisions) {
    SettlementPlan plan;
    plan.decisions = std::move(decisions);
    if (!change_.insert.empty()) {
        change_.units = available_ - snapshot_.sale.available;
        change_.bought = index_.totals();
        change_.also_finished = healed_.finished;
        plan.change = std::move(change_);
    }
    plan.healed = std::move(healed_);
    return plan;
}

}  // namespace

SettlementPlan plan_settlement(const SaleSnapshot& snapshot, std::span<const RunOrder> run) {
    Settler settler(snapshot);
    std::vector<Settlement> decisions;
    decisions.reserve(run.size());
    for (const RunOrder& order : run) decisions.push_back(settler.decide(order));
    return settler.finish(std::move(decisions));
}

}  // namespace sluice
