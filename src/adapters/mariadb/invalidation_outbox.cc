#include "adapters/mariadb/invalidation_outbox.h"

#include "adapters/sql/read_rows.h"

namespace sluice {

void maria::write_invalidation(Connection& connection, const std::string& page) {
    connection.run("INSERT INTO invalidations (page) VALUES (?)", page);
}

Task<Result<std::vector<Invalidation>>> MariaInvalidationOutbox::read(
    std::size_t rows_max, Deadline deadline
) {
    using Rows = std::vector<Invalidation>;
    auto work = [rows_max](maria::Connection& connection) -> Result<Rows> {
        const auto read = [](const maria::Row& row) {
            return Invalidation{row.get<std::int64_t>(0), row.get<std::string>(1)};
        };
        return sql::read_all(
            connection, "SELECT id, page FROM invalidations ORDER BY id LIMIT ?", read, rows_max
        );
    };
    return pool_.read<Rows>(deadline, std::move(work));
}

Task<Result<Done>> MariaInvalidationOutbox::remove(
    std::vector<std::int64_t> ids, Deadline deadline
) {
    auto work = [ids = std::move(ids)](maria::Connection& connection) -> Result<Done> {
        if (ids.empty()) return Done{};
        maria::SqlText text;
        text.sql("DELETE FROM invalidations WHERE id IN ").list(ids).end();
        connection.ask(text).next_statement();
        return Done{};
    };
    return pool_.write<Done>(deadline, std::move(work));
}

}  // namespace sluice
