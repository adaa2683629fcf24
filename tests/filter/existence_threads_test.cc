// The filter under real threads: readers never wait, never read freed memory (run it under the
// sanitizers), and never deny an id that was there before they asked, while others add and bases
// are replaced.

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "async/lane.h"
#include "base/prng.h"
#include "cache/existence_filter.h"

namespace sluice::cache {
namespace {

class LockedTable final : public IdSource {
public:
    std::uint64_t insert() {
        const std::lock_guard lock(mutex_);
        rows_.insert(++counter_);
        return counter_;
    }
    Task<Result<std::uint64_t>> handed_out() override {
        const std::lock_guard lock(mutex_);
        co_return counter_;
    }
    Task<Result<std::vector<std::uint64_t>>> next(std::uint64_t after, std::size_t max) override {
        const std::lock_guard lock(mutex_);
        std::vector<std::uint64_t> page;
        for (auto at = rows_.upper_bound(after); at != rows_.end() && page.size() < max; ++at)
            page.push_back(*at);
        co_return page;
    }

private:
    std::mutex mutex_;
    std::set<std::uint64_t> rows_;
    std::uint64_t counter_ = 0;
};

TEST(ExistenceThreads, NoReaderDeniesWhatWasThereBeforeItAsked) {
    constexpr int kRebuilds = 40;
    constexpr std::uint64_t kAddsEachRound = 500;
    ExistenceOptions options;
    options.late_commit_max = Millis(0);
    options.page = 100;
    ExistenceFilter filter(options, [] { return Instant{}; });
    LockedTable table;
    for (int i = 0; i < 2000; ++i) (void)table.insert();
    std::atomic<std::uint64_t> published{0};  // every id up to here has been added
    std::atomic<bool> over{false};
    std::atomic<std::uint64_t> rounds{1};
    std::atomic<std::uint64_t> asked{0}, absent_denied{0};

    std::thread writer([&] {
        while (!over) {
            const std::uint64_t id = table.insert();
            filter.add(id);
            published = id;
            while (!over && id > 2000 + kAddsEachRound * rounds)
                std::this_thread::yield();  // so that it does not outrun the rest
        }
    });
    std::vector<std::thread> readers;
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        readers.emplace_back([&, seed] {
            Prng random(seed);
            while (!over) {
                const std::uint64_t limit = published;
                if (limit > 0) {
                    EXPECT_TRUE(filter.may_exist(1 + random.below(limit)));
                }
                absent_denied += !filter.may_exist((1ULL << 50U) + random.below(1ULL << 40U));
                ++asked;
            }
        });
    }
    boost::asio::io_context context;
    ThreadLane lane("filter-test");
    const auto task = [&]() -> Task<void> {
        for (int i = 0; i < kRebuilds; ++i, ++rounds) {
            const auto rebuilt = co_await filter.rebuild(table, lane);
            EXPECT_TRUE(rebuilt.ok()) << (rebuilt.ok() ? "" : to_string(rebuilt.error()));
            const auto refreshed = co_await filter.refresh(table);
            EXPECT_TRUE(refreshed.ok());
        }
    };
    auto done = boost::asio::co_spawn(context, task(), boost::asio::use_future);
    context.run();
    done.get();
    over = true;
    writer.join();
    for (auto& reader : readers) reader.join();
    EXPECT_EQ(filter.stats().rebuilds, static_cast<std::uint64_t>(kRebuilds));
    EXPECT_GT(asked, 1000U);
    EXPECT_GT(absent_denied, 0U);
    std::printf(
        "%llu reads during %d rebuilds\n", static_cast<unsigned long long>(asked), kRebuilds
    );
}

TEST(ExistenceThreads, FewerThanHalfAPercentOfTwoMillionAbsentIdsPassTheWholeFilter) {
    ExistenceOptions options;
    options.late_commit_max = Millis(0);
    ExistenceFilter filter(options, [] { return Instant{}; });
    class EveryOther final : public IdSource {
    public:
        Task<Result<std::uint64_t>> handed_out() override { co_return std::uint64_t{2'000'000}; }
        Task<Result<std::vector<std::uint64_t>>> next(std::uint64_t after, std::size_t max)
            override {
            std::vector<std::uint64_t> page;
            for (std::uint64_t id = after + 2; id <= 2'000'000 && page.size() < max; id += 2)
                page.push_back(id);
            co_return page;
        }
    } table;
    for (std::uint64_t id = 2; id <= 2000; id += 2) filter.add(id);
    boost::asio::io_context context;
    ThreadLane lane("filter-test");
    const auto task = [&]() -> Task<void> {
        const auto rebuilt = co_await filter.rebuild(table, lane);
        EXPECT_TRUE(rebuilt.ok()) << (rebuilt.ok() ? "" : to_string(rebuilt.error()));
    };
    auto done = boost::asio::co_spawn(context, task(), boost::asio::use_future);
    context.run();
    done.get();

    std::size_t passed = 0, absent = 0;
    for (std::uint64_t id = 1; id < 2'000'000; id += 2, ++absent)
        passed += filter.may_exist(id);  // between the rows
    Prng random(11);
    for (int i = 0; i < 1'000'000; ++i, ++absent)
        passed += filter.may_exist(random.next() | (1ULL << 62U));  // far above
    std::printf(
        "%zu of %zu absent ids pass: %.4f %%\n", passed, absent,
        100.0 * static_cast<double>(passed) / static_cast<double>(absent)
    );
    EXPECT_LE(passed, absent / 200);
    for (std::uint64_t id = 2; id <= 2'000'000; id += 2) ASSERT_TRUE(filter.may_exist(id));
}

}  // namespace
}  // namespace sluice::cache
