#pragma once
// The ids of one table, for an existence filter (cache/existence_filter.h): the table's AUTO_INCREMENT counter, which
// InnoDB keeps across restarts, and its primary key. Thread-safe. Errors as the pool says.

#include "adapters/mariadb/pool.h"
#include "cache/existence_filter.h"

namespace sluice {

// An inserting transaction has its id from the INSERT on. A session that says nothing for MariaTimeouts::idle loses it
// to the server (wait_timeout), a client that hears nothing for `silence` gives it up; this is far above both together.
inline constexpr Millis kMariaLateCommitMax{120'000};

class MariaIdSource final : public cache::IdSource {
public:
    static MariaIdSource of_shops(MariaPool& pool, const Clock& clock) { return {pool, clock, "shop_id", "shops"}; }
    static MariaIdSource of_goods(MariaPool& pool, const Clock& clock) { return {pool, clock, "goods_id", "goods"}; }

    // 0 while the table is empty, whatever the counter says: an import brings ids of its own, from 1.
    Task<Result<std::uint64_t>> handed_out() override;
    Task<Result<std::vector<std::uint64_t>>> next(std::uint64_t after, std::size_t max) override;

private:
    MariaIdSource(MariaPool& pool, const Clock& clock, std::string column, std::string table)
        : pool_(pool), clock_(clock), column_(std::move(column)), table_(std::move(table)) {}

    MariaPool& pool_;
    const Clock& clock_;
    const std::string column_;
    const std::string table_;
};

}  // namespace sluice
