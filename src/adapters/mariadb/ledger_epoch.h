#pragma once
// The life of a sale's gate as the ledger sees it (docs/protocol.md §9): next epoch, open, retired.
// No step takes a version; each locks the stock row first, so that none overtakes a change. Inside
// the caller's transaction. Throws SqlError.

#include "adapters/mariadb/connection.h"

namespace sluice::maria {

Result<Epoch> begin_next_epoch(Connection& connection, SaleId sale);
Result<Done> open_gate_of(Connection& connection, SaleId sale, Epoch epoch);
Result<Done> retire_sale_of(Connection& connection, SaleId sale, Epoch epoch);

}  // namespace sluice::maria
