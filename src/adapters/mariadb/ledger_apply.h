#pragma once
// The one writer of stock and orders: carries out a LedgerChange exactly as planned, or leaves no
// trace. The stock row goes first, under the version check (docs/protocol.md §6.3), and is locked
// from then on; then orders, deferred rows, totals, one movement row and the audit notes.

#include "adapters/mariadb/connection.h"
#include "domain/ledger_change.h"

namespace sluice::maria {

// Inside the caller's READ COMMITTED transaction, which is marked for undo unless the answer is a
// truth. Errors: kNotFound (no such sale), kPermanent (the change contradicts itself: units that do
// not add up, a transition that does not exist, an order of another sale, a total above the limit).
// Throws SqlError; a CHECK of the schema that fails is one.
Result<Applied> apply_change(Connection& connection, const LedgerChange& change);

}  // namespace sluice::maria
