#pragma once
// The shape of the database: migrations (sql/mariadb/*.sql, embedded in the binary, applied in the
// order of their names). DDL is not transactional in MariaDB and MySQL, so the table
// schema_migrations records every statement that is done, and a migration that was cut off goes on
// behind it. GET_LOCK lets several processes start at once: one migrates, the others wait for it.
// Blocking.

#include <string>

#include "adapters/mariadb/endpoint.h"
#include "base/result.h"

namespace sluice {

// Errors: kConflict when the database is newer than this program, or a migration was changed after
// it had been applied; kUnavailable when the server cannot be reached or refuses a statement.
Result<Done> migrate(const MariaEndpoint& endpoint);

// What is missing or wrong about the schema, in words; "" when it is exactly this program's.
// Errors: as above.
Result<std::string> schema_difference(const MariaEndpoint& endpoint);

}  // namespace sluice
