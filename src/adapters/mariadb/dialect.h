#pragma once
// The words of MariaDB that the shared steps of adapters/sql look for. On the caller's connection and transaction; failures
// are thrown as SqlError.

#include "adapters/mariadb/connection.h"
#include "adapters/mariadb/invalidation_outbox.h"
#include "adapters/mariadb/rows.h"
#include "adapters/sql/read_rows.h"

namespace sluice::maria {

inline bool lock_shop(Connection& connection, ShopId shop) {
    return sql::row_exists(connection, "SELECT 1 FROM shops WHERE shop_id = ? FOR UPDATE", shop);
}
inline std::int64_t last_id(const Connection& connection) {
    return static_cast<std::int64_t>(connection.last_insert_id());
}
inline std::string with_index(const Connection&, const std::string& name) { return "FORCE INDEX (" + name + ")"; }

}  // namespace sluice::maria
