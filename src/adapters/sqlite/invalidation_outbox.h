#pragma once
// The invalidation outbox of embedded mode: ports/invalidation_outbox.h over one SQLite Store, and
// what its neighbours call within their own transactions. Thread-safe.

#include "adapters/sqlite/store_calls.h"
#include "ports/invalidation_outbox.h"

namespace sluice {

// Part of the caller's transaction. Throws SqliteError.
void write_invalidation(Connection& connection, const std::string& page);

class SqliteInvalidationOutbox final : public InvalidationOutbox {
public:
    SqliteInvalidationOutbox(Store& store, const Clock& clock) : calls_(store, clock) {}

    Task<Result<std::vector<Invalidation>>> read(std::size_t rows_max, Deadline) override;
    Task<Result<Done>> remove(std::vector<std::int64_t> ids, Deadline) override;

private:
    StoreCalls calls_;
};

}  // namespace sluice
