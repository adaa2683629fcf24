#pragma once
// The words of SQLite that the shared steps of adapters/sql look for. On the caller's connection and transaction; failures
// are thrown as SqliteError.

#include "adapters/sql/read_rows.h"
#include "adapters/sqlite/connection.h"
#include "adapters/sqlite/invalidation_outbox.h"
#include "adapters/sqlite/ledger_rows.h"

namespace sluice {

// Writers come one by one, so there is nothing to lock.
inline bool lock_shop(Connection& connection, ShopId shop) {
    return sql::row_exists(connection, "SELECT 1 FROM shops WHERE shop_id = ?", shop);
}
inline std::int64_t last_id(const Connection& connection) { return connection.last_row_id(); }
inline std::string with_index(const Connection&, const std::string& name) { return "INDEXED BY " + name; }

}  // namespace sluice
