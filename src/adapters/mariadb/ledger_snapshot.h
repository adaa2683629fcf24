#pragma once
// What the ledger shows: the catalogue (the lease read), a sale's snapshot to plan from, and the
// image of a sale for a new gate. Inside the caller's read transaction, so each is one consistent
// snapshot. Throws SqlError.

#include <functional>
#include <vector>

#include "adapters/mariadb/connection.h"
#include "ports/ledger.h"

namespace sluice::maria {

// Errors: kUnavailable when the server has become read-only: a lease must not come from a replica.
Result<Catalogue> read_sale_catalogue(Connection& connection);
// Errors: kNotFound.
Result<SaleSnapshot> read_snapshot(Connection& connection, const SnapshotQuery& query);
// Errors: kNotFound; kConflict when the ledger is at another epoch or epoch-1 is not sealed yet.
// Everything but its long lists.
Result<GateImage> read_short_image(Connection& connection, SaleId sale, Epoch epoch);
// Those, in pieces of at most `rows_max`, until `take` returns false.
void read_image_rows(
    Connection& connection, SaleId sale, std::size_t rows_max, const std::function<bool(ImageRows)>& take
);

}  // namespace sluice::maria
