#include "domain/changes.h"

#include <unordered_set>
#include <utility>

#include "base/check.h"
#include "domain/snapshot_index.h"

namespace sluice {
namespace {

LedgerChange change_of(const SaleSnapshot& snapshot, MovementKind kind) {
    LedgerChange change;
    change.sale = snapshot.sale.id;
    change.expected = snapshot.version;
    change.kind = kind;
    return change;
}

// Gives the units of the rows back. A total below zero is not corrected here: the ledger's CHECK
// refuses it, and the failure reaches a person instead of hiding.
std::optional<LedgerChange> cancel_rows(
    const SaleSnapshot& snapshot, SnapshotIndex& index, std::span<const OrderRow* const> rows,
    Reason reason
) {
    if (rows.empty()) return std::nullopt;
    LedgerChange change = change_of(snapshot, MovementKind::kCancel);
    for (const OrderRow* row : rows) {
        change.move.push_back({row->order, row->state, OrderState::kCancelled, reason});
        change.units += row->quantity;
        index.list_total(row->buyer, -row->quantity);
    }
    change.bought = index.totals();
    return change;
}

const DeferredOrder* buried_row(const SnapshotIndex& index, OrderId order) {
    const DeferredOrder* row = index.deferred(order);
    if (row == nullptr || row->state != DeferredState::kBuried) return nullptr;
    return index.order(order) == nullptr ? row : nullptr;
}

}  // namespace

std::optional<LedgerChange> plan_expiry(
    const SaleSnapshot& snapshot, std::span<const OrderId> orders
) {
    SnapshotIndex index(snapshot);
    std::unordered_set<OrderId> seen;
    std::vector<const OrderRow*> due;
    for (const OrderId& id : orders) {
        const OrderRow* row = index.order(id);
        if (row == nullptr || !may_become(row->state, OrderState::kCancelled)) continue;
        if (row->due_at() > snapshot.now || !seen.insert(id).second) continue;
        due.push_back(row);
    }
    return cancel_rows(snapshot, index, due, Reason::kExpired);
}

std::optional<LedgerChange> plan_cancel(
    const SaleSnapshot& snapshot, OrderId order, const std::optional<AuditNote>& note
) {
    SnapshotIndex index(snapshot);
    std::vector<const OrderRow*> rows;
    const OrderRow* row = index.order(order);
    if (row != nullptr && may_become(row->state, OrderState::kCancelled)) rows.push_back(row);
    auto change = cancel_rows(snapshot, index, rows, Reason::kBuyerCancelled);
    if (change && note) change->notes.push_back(*note);
    return change;
}

std::optional<LedgerChange> plan_defer(
    const SaleSnapshot& snapshot, std::vector<DeferredOrder> rows
) {
    const SnapshotIndex index(snapshot);
    LedgerChange change = change_of(snapshot, MovementKind::kPark);
    std::unordered_set<OrderId> seen;
    for (DeferredOrder& row : rows) {
        const OrderId id = row.order.order;
        if (index.order(id) != nullptr || index.is_stale(id, row.epoch)) continue;
        if (!seen.insert(id).second) continue;
        if (const DeferredOrder* known = index.deferred(id)) {
            // Only a person brings a buried order back.
            if (known->state == DeferredState::kBuried) continue;
            row.first_failed_at = known->first_failed_at;
            row.epoch = known->epoch;  // a retry's message carries epoch 0
        }
        row.sale = snapshot.sale.id;
        if (row.state == DeferredState::kBuried) change.kind = MovementKind::kBury;
        change.defer.push_back(std::move(row));
    }
    if (change.defer.empty()) return std::nullopt;
    return change;
}

std::optional<LedgerChange> plan_redrive(
    const SaleSnapshot& snapshot, OrderId order, AuditNote note
) {
    const SnapshotIndex index(snapshot);
    const DeferredOrder* buried = buried_row(index, order);
    if (buried == nullptr) return std::nullopt;
    LedgerChange change = change_of(snapshot, MovementKind::kRedrive);
    DeferredOrder row = *buried;
    row.state = DeferredState::kParked;
    row.attempt = 0;
    row.due_at = snapshot.now;
    change.defer.push_back(std::move(row));
    change.notes.push_back(std::move(note));
    return change;
}

std::optional<LedgerChange> plan_discard(
    const SaleSnapshot& snapshot, OrderId order, AuditNote note
) {
    SnapshotIndex index(snapshot);
    const DeferredOrder* buried = buried_row(index, order);
    if (buried == nullptr) return std::nullopt;
    LedgerChange change = change_of(snapshot, MovementKind::kDiscard);
    change.insert.push_back({buried->order, OrderState::kRejected, Reason::kDiscarded});
    change.undefer.push_back(order);
    index.list_total(buried->order.buyer, 0);
    change.bought = index.totals();
    change.notes.push_back(std::move(note));
    return change;
}

LedgerChange plan_restock(const SaleSnapshot& snapshot, Units added, AuditNote note) {
    SLUICE_CHECK(added >= 1);  // removing stock goes through a rebuild (law L9)
    LedgerChange change = change_of(snapshot, MovementKind::kRestock);
    change.units = added;
    change.total_units = added;
    change.notes.push_back(std::move(note));
    return change;
}

std::optional<LedgerChange> plan_seal(const SaleSnapshot& snapshot, Epoch sealed) {
    if (snapshot.sealed_epoch >= sealed) return std::nullopt;
    LedgerChange change = change_of(snapshot, MovementKind::kSeal);
    change.seal = sealed;
    return change;
}

LedgerTruth truth_of(const SaleSnapshot& snapshot) {
    SnapshotIndex index(snapshot);
    LedgerTruth truth;
    truth.sale = snapshot.sale.id;
    truth.epoch = snapshot.sale.epoch;
    truth.version = snapshot.version;
    truth.available = snapshot.sale.available;
    for (const BuyerTotal& total : snapshot.bought) index.list_total(total.buyer, 0);
    for (const OrderRow& row : snapshot.orders) {
        truth.finished.push_back({row.order, letter_of(row.state)});
        index.list_total(row.buyer, 0);  // an absent total is 0, and the gate must hear of it
    }
    truth.bought = index.totals();
    return truth;
}

}  // namespace sluice
