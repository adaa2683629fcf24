#include "adapters/sqlite/invalidation_outbox.h"

#include "adapters/sql/read_rows.h"

namespace sluice {

void write_invalidation(Connection& connection, const std::string& page) {
    connection.run("INSERT INTO invalidations (page) VALUES (?1)", page);
}

Task<Result<std::vector<Invalidation>>> SqliteInvalidationOutbox::read(
    std::size_t rows_max, Deadline deadline
) {
    using Rows = std::vector<Invalidation>;
    auto work = [rows_max](Connection& connection, WallTime) -> Result<Rows> {
        const auto read = [](const Statement& row) {
            return Invalidation{row.get<std::int64_t>(0), row.get<std::string>(1)};
        };
        return sql::read_all(
            connection, "SELECT id, page FROM invalidations ORDER BY id LIMIT ?1", read, rows_max
        );
    };
    return calls_.read<Rows>(deadline, std::move(work));
}

Task<Result<Done>> SqliteInvalidationOutbox::remove(
    std::vector<std::int64_t> ids, Deadline deadline
) {
    auto work = [ids = std::move(ids)](Connection& connection, WallTime) -> Result<Done> {
        auto row = connection.prepare("DELETE FROM invalidations WHERE id = ?1");
        for (const auto id : ids) row.run(id);
        return Done{};
    };
    return calls_.write<Done>(deadline, std::move(work));
}

}  // namespace sluice
