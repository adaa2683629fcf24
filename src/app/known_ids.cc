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
    : shop_source_(shops),
      goods_source_(goods),
      clock_(clock),
      log_(log),
      shops_(options_of(late_commit_max), [&clock] { return clock.now(); }),
      goods_(options_of(late_commit_max), [&clock] { return clock.now(); }) {}

Task<Millis> KnownIds::keep_up(Lane& lane) {
    const bool shops = co_await keep_up(shops_, shop_source_, lane);
    const bool goods = co_await keep_up(goods_, goods_source_, lane);
    failing_ = !shops || !goods;
    const Instant due = std::min(shops_.due_at(), goods_.due_at());
    const auto pause = std::chrono::ceil<Millis>(due - clock_.now());
    co_return std::clamp(pause, Millis{1}, kRefreshEvery);
}

Task<bool> KnownIds::keep_up(cache::ExistenceFilter& filter, cache::IdSource& source, Lane& lane) {
    if (clock_.now() < filter.due_at()) co_return true;
    auto kept = co_await filter.keep_up(source, lane);
    if (!kept.ok() && !failing_) {
        failing_ = true;
        log_.warn("existence", "ids cannot be read: absent ones reach the cache", {{"error", to_string(kept.error())}});
    }
    co_return kept.ok();
}

std::vector<std::pair<std::string, cache::ExistenceStats>> KnownIds::stats() const {
    return {{"shops", shops_.stats()}, {"goods", goods_.stats()}};
}

}  // namespace sluice
