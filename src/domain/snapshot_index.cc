#include "domain/snapshot_index.h"

namespace sluice {

SnapshotIndex::SnapshotIndex(const SaleSnapshot& snapshot) : snapshot_(snapshot) {
    orders_.reserve(snapshot.orders.size());
    for (const OrderRow& row : snapshot.orders) orders_.emplace(row.order, &row);
    deferred_.reserve(snapshot.deferred.size());
    for (const DeferredOrder& row : snapshot.deferred) deferred_.emplace(row.order.order, &row);
    bought_.reserve(snapshot.bought.size());
    for (const BuyerTotal& total : snapshot.bought) bought_.emplace(total.buyer, total.bought);
}

const OrderRow* SnapshotIndex::order(OrderId id) const {
    const auto found = orders_.find(id);
    return found == orders_.end() ? nullptr : found->second;
}

const DeferredOrder* SnapshotIndex::deferred(OrderId id) const {
    const auto found = deferred_.find(id);
    return found == deferred_.end() ? nullptr : found->second;
}

bool SnapshotIndex::is_stale(OrderId id, Epoch epoch) const {
    return epoch <= snapshot_.sealed_epoch && order(id) == nullptr && deferred(id) == nullptr;
}

Units SnapshotIndex::bought_before(const BuyerId& buyer) const {
    const auto found = bought_.find(buyer);
    return found == bought_.end() ? 0 : found->second;
}

Units SnapshotIndex::bought(const BuyerId& buyer) const {
    const auto found = listed_.find(buyer);
    return found == listed_.end() ? bought_before(buyer) : totals_[found->second].bought;
}

void SnapshotIndex::list_total(const BuyerId& buyer, Units difference) {
    const auto [at, is_new] = listed_.emplace(buyer, totals_.size());
    if (is_new) totals_.push_back({buyer, bought_before(buyer)});
    totals_[at->second].bought += difference;
}

}  // namespace sluice
