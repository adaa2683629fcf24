#pragma once
// The other plans over one snapshot: giving units back, deferring, a person's word, restock, seal. Each returns the
// change to apply, or nullopt when the snapshot shows that there is nothing (left) to do.

#include <optional>
#include <span>
#include <string>

#include "domain/ledger_change.h"

namespace sluice {

// Cancels those of `orders` that still await payment and whose deadline has passed by the snapshot's clock.
std::optional<LedgerChange> plan_expiry(const SaleSnapshot& snapshot, std::span<const OrderId> orders);
// Cancels one order at its buyer's wish, or an operator's (then with a note), if it still awaits payment.
std::optional<LedgerChange> plan_cancel(
    const SaleSnapshot& snapshot, OrderId order, const std::optional<AuditNote>& note = std::nullopt
);

// Rows for orders that leave the queue unsettled. Orders with a row in `orders`, and stale ones, are left out; so an
// empty change (nullopt) means that every order is settled already, waits buried already, or was never promised. A row
// that is known keeps its epoch and first_failed_at.
std::optional<LedgerChange> plan_defer(const SaleSnapshot& snapshot, std::vector<DeferredOrder> rows);
// buried → parked, due now, attempts counted anew.
std::optional<LedgerChange> plan_redrive(const SaleSnapshot& snapshot, OrderId order, AuditNote note);
// buried → rejected(discarded): the only way to reject an accepted order, and a person's.
std::optional<LedgerChange> plan_discard(const SaleSnapshot& snapshot, OrderId order, AuditNote note);

LedgerChange plan_restock(const SaleSnapshot& snapshot, Units added, AuditNote note);
// Orders of epochs ≤ `sealed` lose their claim unless the ledger knows them; nullopt when sealed already.
std::optional<LedgerChange> plan_seal(const SaleSnapshot& snapshot, Epoch sealed);

// The truth that the snapshot itself proves about its orders, for a sync without a write.
LedgerTruth truth_of(const SaleSnapshot& snapshot);

}  // namespace sluice
