#pragma once
// What is due by the ledger's clock, and the rows of deferred work. Inside the caller's
// transaction. Throws SqlError.

#include <optional>
#include <string>

#include "adapters/mariadb/connection.h"
#include "ports/ledger.h"

namespace sluice::maria {

// At most `rows_max` rows of the asked kind, the longest overdue first. kPaymentDeadlines belongs
// into a write transaction: it leaves out (SKIP LOCKED) what another worker has in hand.
DueWork read_due(Connection& connection, DueKind kind, std::size_t rows_max);

// Upsert by (kind, key); the first failure's time stays.
void upsert_work(Connection& connection, const DeferredWork& work);
void finish_work_row(
    Connection& connection, WorkKind kind, const std::string& key,
    const std::optional<AuditNote>& note
);

}  // namespace sluice::maria
