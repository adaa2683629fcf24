#pragma once
// What the ledger shows: the catalogue (the lease read), a sale's snapshot to plan from, and the
// image of a sale for a new gate. Inside the caller's read transaction, so each is one consistent
// snapshot. Throws SqliteError.

#include "adapters/sqlite/connection.h"
#include "ports/ledger.h"

namespace sluice {

Result<Catalogue> read_sale_catalogue(Connection& connection, WallTime now);
// Errors: kNotFound.
Result<SaleSnapshot> read_snapshot(
    Connection& connection, const SnapshotQuery& query, WallTime now
);
// Errors: kNotFound; kConflict when the ledger is at another epoch or epoch-1 is not sealed yet.
Result<GateImage> read_gate_image(Connection& connection, SaleId sale, Epoch epoch);

}  // namespace sluice
