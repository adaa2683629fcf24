#include <algorithm>
#include <unordered_map>

#include "base/check.h"
#include "domain/settlement.h"
#include "domain/snapshot_index.h"
#include "domain/window.h"

namespace sluice {
namespace {

struct Judgement {
    DirectVerdict verdict = DirectVerdict::kPlaced;
    Units left = 0;
};

DirectVerdict verdict_of(Shut shut) {
    switch (shut) {
        case Shut::kNotOpen:
            return DirectVerdict::kNotOpen;
        case Shut::kPaused:
            return DirectVerdict::kPaused;
        case Shut::kEnded:
            return DirectVerdict::kEnded;
    }
    return DirectVerdict::kNotOpen;
}

// Judges the requests of one batch one after the other; each sees the units and totals left by
// those before it.
class DirectDesk {
public:
    explicit DirectDesk(const SaleSnapshot& snapshot);
    Judgement judge(const DirectRequest& request);
    std::optional<LedgerChange> finish();

private:
    void place(const DirectRequest& request);

    const SaleSnapshot& snapshot_;
    SnapshotIndex index_;
    std::optional<Shut> shut_;
    Units available_;
    std::unordered_map<OrderId, Units>
        known_;  // id → quantity of the orders that have a row, or will have
    LedgerChange change_;
};

DirectDesk::DirectDesk(const SaleSnapshot& snapshot)
    : snapshot_(snapshot),
      index_(snapshot),
      shut_(shut_at(
          snapshot.sale.state, snapshot.sale.opens_at, snapshot.sale.closes_at, snapshot.now
      )),
      available_(snapshot.sale.available) {
    for (const OrderRow& row : snapshot.orders) known_.emplace(row.order, row.quantity);
    change_.sale = snapshot.sale.id;
    change_.expected = snapshot.version;
    change_.kind = MovementKind::kSettle;
}

Judgement DirectDesk::judge(const DirectRequest& request) {
    SLUICE_CHECK(request.quantity >= 1);
    if (const auto known = known_.find(request.order); known != known_.end()) {
        const bool is_same = known->second == request.quantity;
        return {is_same ? DirectVerdict::kReplayed : DirectVerdict::kPayloadMismatch, 0};
    }
    if (shut_) return {verdict_of(*shut_), 0};
    const Units allowed = snapshot_.sale.limit_per_buyer - index_.bought(request.buyer);
    if (request.quantity > allowed) {
        return {DirectVerdict::kLimitReached, std::max<Units>(allowed, 0)};
    }
    if (request.quantity > available_) return {DirectVerdict::kSoldOut, available_};
    place(request);
    return {DirectVerdict::kPlaced, 0};
}

void DirectDesk::place(const DirectRequest& request) {
    const Terms& terms = snapshot_.sale.terms;
    const bool is_free = terms.price == Cents{0};
    NewOrder row;
    row.order = {request.order, request.buyer, request.quantity, snapshot_.now, terms};
    row.state = is_free ? OrderState::kPaid : OrderState::kAwaitingPayment;
    change_.insert.push_back(std::move(row));
    known_.emplace(request.order, request.quantity);
    available_ -= request.quantity;
    index_.list_total(request.buyer, request.quantity);
}

std::optional<LedgerChange> DirectDesk::finish() {
    if (change_.insert.empty()) return std::nullopt;
    change_.units = available_ - snapshot_.sale.available;
    change_.bought = index_.totals();
    return std::move(change_);
}

}  // namespace

DirectPlan plan_direct(const SaleSnapshot& snapshot, std::span<const DirectRequest> requests) {
    DirectDesk desk(snapshot);
    DirectPlan plan;
    for (const DirectRequest& request : requests) {
        const Judgement judgement = desk.judge(request);
        plan.verdicts.push_back(judgement.verdict);
        plan.left.push_back(judgement.left);
    }
    plan.change = desk.finish();
    return plan;
}

}  // namespace sluice
