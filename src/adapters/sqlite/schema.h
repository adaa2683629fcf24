#pragma once
// The shape of the database file: pragmas and migrations (sql/sqlite/*.sql, embedded in the binary,
// applied in the order of their names and recorded in schema_migrations). Not thread-safe; used
// while a Store opens.

#include <string>

#include "adapters/sqlite/connection.h"

namespace sluice {

// WAL, foreign keys, durability as asked ("FULL" or "OFF"). Throws SqliteError.
void configure_writer(Connection& connection, const std::string& synchronous);
void configure_reader(Connection& connection);

// Each migration is one transaction together with its record. Errors: kConflict when the file has a
// migration that this binary does not know. Throws SqliteError.
Result<Done> migrate(Connection& connection);

}  // namespace sluice
