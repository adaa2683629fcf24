#pragma once
// The invalidation outbox on the stack: ports/invalidation_outbox.h over MariaDB or MySQL, and what
// its neighbours call within their own transactions. Thread-safe.

#include "adapters/mariadb/pool.h"
#include "ports/invalidation_outbox.h"

namespace sluice {

namespace maria {
// Part of the caller's transaction. Throws SqlError.
void write_invalidation(Connection& connection, const std::string& page);
}  // namespace maria

class MariaInvalidationOutbox final : public InvalidationOutbox {
public:
    explicit MariaInvalidationOutbox(MariaPool& pool) : pool_(pool) {}

    Task<Result<std::vector<Invalidation>>> read(std::size_t rows_max, Deadline) override;
    Task<Result<Done>> remove(std::vector<std::int64_t> ids, Deadline) override;

private:
    MariaPool& pool_;
};

}  // namespace sluice
