#pragma once
// A snapshot's rows by their keys, for the plans. Keeps references: the snapshot must outlive it. A
// plan moves buyers' totals as it decides; those it moved, or wants in the truth as they are, are
// listed by totals().

#include <unordered_map>
#include <vector>

#include "domain/ledger_change.h"

namespace sluice {

class SnapshotIndex {
public:
    explicit SnapshotIndex(const SaleSnapshot& snapshot);

    const OrderRow* order(OrderId id) const;          // nullptr: no row
    const DeferredOrder* deferred(OrderId id) const;  // nullptr: no row
    // Of a sealed epoch and unknown to the ledger: it was never promised and may not enter any
    // more.
    bool is_stale(OrderId id, Epoch epoch) const;

    Units bought_before(const BuyerId& buyer) const;  // as the snapshot says
    Units bought(const BuyerId& buyer) const;         // as moved so far
    // Adds a difference to the buyer's total and lists it; a difference of 0 only lists it. A truth
    // that finishes an order must carry its buyer's total, or the gate would lower the hold without
    // raising what was bought.
    void list_total(const BuyerId& buyer, Units difference);
    const std::vector<BuyerTotal>& totals() const { return totals_; }  // in order of first listing

private:
    const SaleSnapshot& snapshot_;
    std::unordered_map<OrderId, const OrderRow*> orders_;
    std::unordered_map<OrderId, const DeferredOrder*> deferred_;
    std::unordered_map<BuyerId, Units> bought_;
    std::vector<BuyerTotal> totals_;
    std::unordered_map<BuyerId, std::size_t> listed_;  // → index in totals_
};

}  // namespace sluice
