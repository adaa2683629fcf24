#pragma once
// The ids of one table, for an existence filter (cache/existence_filter.h). Rows of these tables are never deleted and
// writers come one by one, so the greatest id is the greatest that was handed out: late_commit_max is 0. Thread-safe.

#include "adapters/sqlite/store_calls.h"
#include "cache/existence_filter.h"

namespace sluice {

class SqliteIdSource final : public cache::IdSource {
public:
    static SqliteIdSource of_shops(Store& store, const Clock& clock) { return {store, clock, "shop_id", "shops"}; }
    static SqliteIdSource of_goods(Store& store, const Clock& clock) { return {store, clock, "goods_id", "goods"}; }

    Task<Result<std::uint64_t>> handed_out() override;
    Task<Result<std::vector<std::uint64_t>>> next(std::uint64_t after, std::size_t max) override;

private:
    SqliteIdSource(Store& store, const Clock& clock, std::string column, std::string table)
        : calls_(store, clock), clock_(clock), column_(std::move(column)), table_(std::move(table)) {}

    StoreCalls calls_;
    const Clock& clock_;
    const std::string column_;
    const std::string table_;
};

}  // namespace sluice
