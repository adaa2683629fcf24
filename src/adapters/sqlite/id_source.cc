#include "adapters/sqlite/id_source.h"

#include "adapters/sql/read_rows.h"

namespace sluice {
namespace {

constexpr Millis kReadMax{10'000};

std::uint64_t first_column(const Statement& row) { return static_cast<std::uint64_t>(row.get<std::int64_t>(0)); }

}  // namespace

Task<Result<std::uint64_t>> SqliteIdSource::handed_out() {
    std::string sql = "SELECT COALESCE(MAX(" + column_ + "), 0) FROM " + table_;
    auto work = [sql = std::move(sql)](Connection& connection, WallTime) -> Result<std::uint64_t> {
        return sql::read_one(connection, sql, first_column).value_or(0);
    };
    return calls_.read<std::uint64_t>(clock_.in(kReadMax), std::move(work));
}

Task<Result<std::vector<std::uint64_t>>> SqliteIdSource::next(std::uint64_t after, std::size_t max) {
    using Ids = std::vector<std::uint64_t>;
    std::string sql = "SELECT " + column_ + " FROM " + table_ + " WHERE " + column_ + " > ?1 ORDER BY " + column_ + " LIMIT ?2";
    auto work = [sql = std::move(sql), after, max](Connection& connection, WallTime) -> Result<Ids> {
        return sql::read_all(connection, sql, first_column, static_cast<std::int64_t>(after), max);
    };
    return calls_.read<Ids>(clock_.in(kReadMax), std::move(work));
}

}  // namespace sluice
