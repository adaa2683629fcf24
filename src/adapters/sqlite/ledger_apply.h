#pragma once
// The one writer of stock and orders: carries out a LedgerChange exactly as planned, or leaves no
// trace. The stock row goes first, under the version check (docs/protocol.md §6.3); then orders,
// deferred rows, totals, one movement row and the audit notes.

#include "adapters/sqlite/connection.h"
#include "domain/ledger_change.h"

namespace sluice {

// Inside the caller's transaction. `now` is the ledger's clock. Errors: kNotFound (no such sale),
// kPermanent (the change contradicts itself: units that do not add up, a transition that does not
// exist, an order of another sale, a total above the limit). Throws SqliteError; a CHECK of the
// schema that fails is one.
Result<Applied> apply_change(Connection& connection, const LedgerChange& change, WallTime now);

}  // namespace sluice
