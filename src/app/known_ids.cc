#include "app/known_ids.h"

#include <algorithm>

namespace sluice {
namespace {

// Two statements a table each time. Rows are created by operators, one by one: ten thousand within trusted_for is far
// above that. An import is faster; what it adds may be denied until the next refresh, before anybody was told its id.
constexpr Millis kRefreshEvery{2'000};
constexpr std::uint64_t kGrowthMax = 10'000;

cache::ExistenceOptions options_of(Millis late_commit_max) {
    cache::ExistenceOptions options;
    options.late_commit_max = late_commit_max;
    options.growth_max = kGrowthMax;
    options.refresh_every = kRefreshEvery;
    return options;
}

}  // namespace

KnownIds::KnownIds(
    cache::IdSource& shops, cache::IdSource& goods, Millis late_commit_max, Clock& clock, Log& log
)
    : clock_(clock),
      log_(log),
      shops_{"shops", shops, {options_of(late_commit_max), [&clock] { return clock.now(); }}},
      goods_{"goods", goods, {options_of(late_commit_max), [&clock] { return clock.now(); }}} {}

Task<Millis> KnownIds::keep_up(Lane& lane) {
    co_await keep_up(shops_, lane);
    co_await keep_up(goods_, lane);
    const Instant due = std::min(shops_.filter.due_at(), goods_.filter.due_at());
    const auto pause = std::chrono::ceil<Millis>(due - clock_.now());
    co_return std::clamp(pause, Millis{1}, kRefreshEvery);
}

Task<void> KnownIds::keep_up(Table& table, Lane& lane) {
    if (clock_.now() < table.filter.due_at()) co_return;
    auto kept = co_await table.filter.keep_up(table.source, lane);
    if (!kept.ok() && !table.failing) {
        log_.warn("existence", "ids cannot be read: absent ones reach the cache",
                  {{"table", table.name}, {"error", to_string(kept.error())}});
    }
    table.failing = !kept.ok();
}

std::vector<std::pair<std::string, cache::ExistenceStats>> KnownIds::stats() const {
    return {{shops_.name, shops_.filter.stats()}, {goods_.name, goods_.filter.stats()}};
}

}  // namespace sluice
