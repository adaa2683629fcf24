#pragma once
// What is due by the ledger's clock, and the rows of deferred work. Inside the caller's
// transaction. Throws SqliteError.

#include <optional>
#include <string>

#include "adapters/sqlite/connection.h"
#include "ports/ledger.h"

namespace sluice {

// At most `rows_max` rows of the asked kind, the longest overdue first.
DueWork read_due(Connection& connection, DueKind kind, std::size_t rows_max, WallTime now);

// Upsert by (kind, key); the first failure's time stays.
void upsert_work(Connection& connection, const DeferredWork& work);
void finish_work_row(
    Connection& connection, WorkKind kind, const std::string& key,
    const std::optional<AuditNote>& note, WallTime now
);

}  // namespace sluice
