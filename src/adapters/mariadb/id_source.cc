#include "adapters/mariadb/id_source.h"

#include "adapters/sql/read_rows.h"

namespace sluice {
namespace {

constexpr Millis kReadMax{10'000};

std::uint64_t first_column(const maria::Row& row) { return static_cast<std::uint64_t>(row.get<std::int64_t>(0)); }

}  // namespace

Task<Result<std::uint64_t>> MariaIdSource::handed_out() {
    std::string sql =
        "SELECT CAST(IF(EXISTS(SELECT 1 FROM " + table_ + "), AUTO_INCREMENT - 1, 0) AS SIGNED)"
        " FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '" + table_ + "'";
    auto work = [sql = std::move(sql)](maria::Connection& connection) -> Result<std::uint64_t> {
        const auto ids = sql::read_all(connection, sql, first_column);
        if (ids.empty()) return fail(Code::kUnavailable, "the server does not show its tables");
        return ids.front();
    };
    return pool_.read<std::uint64_t>(clock_.in(kReadMax), std::move(work));
}

Task<Result<std::vector<std::uint64_t>>> MariaIdSource::next(std::uint64_t after, std::size_t max) {
    using Ids = std::vector<std::uint64_t>;
    std::string sql = "SELECT " + column_ + " FROM " + table_ + " WHERE " + column_ + " > ? ORDER BY " + column_ + " LIMIT ?";
    auto work = [sql = std::move(sql), after, max](maria::Connection& connection) -> Result<Ids> {
        return sql::read_all(connection, sql, first_column, static_cast<std::int64_t>(after), max);
    };
    return pool_.read<Ids>(clock_.in(kReadMax), std::move(work));
}

}  // namespace sluice
