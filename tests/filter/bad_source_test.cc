// A source that breaks its contract, or that is taken away, harms nobody.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <vector>

#include "async/lane.h"
#include "cache/existence_filter.h"

namespace sluice::cache {
namespace {

using Page = std::vector<std::uint64_t>;

// Answers with the given pages, one after the other.
class ListedSource final : public IdSource {
public:
    explicit ListedSource(std::vector<Page> pages) : pages_(std::move(pages)) {}
    Task<Result<std::uint64_t>> handed_out() override { co_return std::uint64_t{0}; }
    Task<Result<Page>> next(std::uint64_t, std::size_t) override {
        if (given_ == pages_.size()) co_return Page();
        co_return pages_[given_++];
    }

private:
    std::vector<Page> pages_;
    std::size_t given_ = 0;
};

Result<Done> rebuilt_from(ExistenceFilter& filter, std::vector<Page> pages) {
    boost::asio::io_context context;
    InlineLane lane(context.get_executor());
    ListedSource source(std::move(pages));
    std::optional<Result<Done>> outcome;
    const auto task = [](ExistenceFilter& of, ListedSource& from, Lane& on,
                         std::optional<Result<Done>>& to) -> Task<void> {
        auto result = co_await of.rebuild(from, on);
        to.emplace(std::move(result));
    };
    boost::asio::co_spawn(context, task(filter, source, lane, outcome), boost::asio::detached);
    context.run();
    return std::move(outcome).value();
}

ExistenceFilter filter_without_late_commits() {
    ExistenceOptions options;
    options.late_commit_max = Millis(0);
    return ExistenceFilter(options, [] { return Instant{}; });
}

TEST(BadSource, PagesOutOfOrderAreRefusedAndNothingChanges) {
    const std::vector<std::vector<Page>> bad{
        {{1, 3, 2}},          // unsorted
        {{1, 2, 3}, {3, 4}},  // not greater than `after`
        {{1, 2, 3}, {2}},     // back again: would never end
        {{0, 1}},             // 0 is no id
    };
    for (const auto& pages : bad) {
        auto filter = filter_without_late_commits();
        const auto outcome = rebuilt_from(filter, pages);
        ASSERT_FALSE(outcome.ok());
        EXPECT_EQ(outcome.error().code, Code::kInternal);
        EXPECT_TRUE(filter.may_exist(123'456));
        ASSERT_TRUE(rebuilt_from(filter, {{1, 2}, {3}}).ok());  // and it can be repeated
        EXPECT_TRUE(filter.may_exist(3));
    }
}

TEST(BadSource, AnIdTwiceInAPageCountsOnce) {
    auto filter = filter_without_late_commits();
    ASSERT_TRUE(rebuilt_from(filter, {{5, 5, 5, 9}}).ok());
    EXPECT_EQ(filter.stats().base_ids, 2U);
}

TEST(BadSource, ACounterThatKnowsNothingIsMadeUpForByWhatWasRead) {
    auto filter = filter_without_late_commits();
    ASSERT_TRUE(rebuilt_from(filter, {{5, 700}}).ok());
    EXPECT_EQ(filter.stats().newest, 700U);
}

struct HeldLane final : Lane {
    void post(std::function<void()> work) override { held = std::move(work); }
    std::function<void()> held;
};

// The filter goes while its work waits on the lane; nobody is left to hear how it ended.
void leave_work_on(HeldLane& lane, boost::asio::io_context& context) {
    ListedSource source({{1, 2, 3}});
    auto filter = filter_without_late_commits();
    const auto task = [](ExistenceFilter& of, ListedSource& from, Lane& on) -> Task<void> {
        const auto outcome = co_await of.rebuild(from, on);
        ADD_FAILURE() << "resumed: " << outcome.ok();
    };
    boost::asio::co_spawn(context, task(filter, source, lane), boost::asio::detached);
    context.poll();
    ASSERT_TRUE(lane.held);
}

TEST(BadSource, WorkOnTheLaneMayOutliveTheFilter) {
    boost::asio::io_context context;
    HeldLane lane;
    leave_work_on(lane, context);
    lane.held();
}

TEST(BadSource, WorkThatTheLaneNeverRunsIsForgotten) {
    boost::asio::io_context context;
    HeldLane lane;
    leave_work_on(lane, context);
    lane.held = nullptr;
}

}  // namespace
}  // namespace sluice::cache
