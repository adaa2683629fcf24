// One cache shared by several threads, each with its own executor: every waiter resumes on its own,
// and nothing is lost.

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <thread>

#include "adapters/system/system_time_source.h"
#include "async/task_group.h"
#include "base/prng.h"
#include "cache/logical_cache.h"
#include "cache/memory_store.h"
#include "cache/one_shot.h"
#include "support/start_task.h"

namespace sluice::cache {
namespace {

using NumberCache = LogicalCache<int, std::string>;
constexpr int kThreads = 4;
constexpr int kKeys = 40;

struct Shop {
    std::array<std::atomic<std::uint64_t>, kKeys> versions{};
    std::atomic<std::uint64_t> wrong_thread{0};
    std::atomic<std::uint64_t> stale{0};
    std::atomic<std::uint64_t> errors{0};
    std::atomic<Code> last_error{Code::kInternal};

    template <class T>
    void note(const Result<T>& result) {
        if (result.ok()) return;
        ++errors;
        last_error = result.error().code;
    }
    Task<Result<std::optional<std::string>>> load(int key) {
        SystemTimeSource time;
        const std::string value = std::to_string(versions[static_cast<std::size_t>(key)].load());
        const Executor executor = co_await boost::asio::this_coro::executor;
        co_await sleep_until(time, executor, time.now() + Millis{1});
        co_return std::optional<std::string>(value);
    }
};

Task<void> buy(NumberCache& cache, TimeSource& time, Shop& shop, std::uint64_t seed, int rounds) {
    Prng prng(seed);
    const auto home = std::this_thread::get_id();
    for (int i = 0; i < rounds; ++i) {
        const int key = static_cast<int>(prng.below(kKeys));
        const auto slot = static_cast<std::size_t>(key);
        std::uint64_t least = 0;
        if (prng.one_in(10)) {
            least = ++shop.versions[slot];
            auto done = co_await cache.invalidate(key, time.in(Millis{5'000}));
            shop.note(done);
        }
        auto got = co_await cache.get(key, time.in(Millis{5'000}));
        shop.wrong_thread += std::this_thread::get_id() == home ? 0 : 1;
        shop.note(got);
        if (got.ok() && std::stoull(**got) < least) ++shop.stale;
        if (prng.one_in(50)) {
            std::vector<int> keys;
            for (int k = 0; k < kKeys; ++k) keys.push_back(k);
            const auto many = co_await cache.get_many(std::move(keys), time.in(Millis{5'000}));
            for (const auto& each : many) shop.note(each);
        }
    }
}

TEST(CacheThreads, ShareOneCacheAndResumeWhereTheyWere) {
    SystemTimeSource time;
    MemoryStore store(time);
    ContextOptions shared;
    shared.loads_max = 8;
    shared.read_max = shared.write_max = Millis{5'000};
    Context context(store, time, shared);
    Shop shop;
    Options options;
    options.name = "goods";
    options.ttl = Millis{5};
    NumberCache::Sources sources;
    sources.load = [&shop](int key, Deadline) { return shop.load(key); };
    NumberCache cache(context, options, std::move(sources));

    std::array<boost::asio::io_context, kThreads> contexts;
    std::vector<std::thread> threads;
    std::atomic<int> at_work{kThreads};
    for (int number = 0; number < kThreads; ++number) {
        threads.emplace_back([&, number] {
            auto& own = contexts[static_cast<std::size_t>(number)];
            auto guard = boost::asio::make_work_guard(own);
            auto live = [&, number]() -> Task<void> {
                TaskGroup tasks(own.get_executor());
                for (int i = 0; i < 8; ++i) {
                    tasks.spawn(
                        buy(cache, time, shop, static_cast<std::uint64_t>(number * 100 + i), 400)
                    );
                }
                co_await tasks.join();
                if (--at_work == 0) {  // the last one ends the cache, then everybody
                    co_await cache.stop();
                    for (auto& each : contexts) each.stop();
                }
            };
            boost::asio::co_spawn(own, live(), [](const std::exception_ptr& failure) {
                if (failure) std::rethrow_exception(failure);
            });
            own.run();
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(shop.wrong_thread, 0U);
    EXPECT_EQ(shop.stale, 0U) << "after its own invalidation";
    EXPECT_EQ(shop.errors, 0U) << info(shop.last_error).wire;
    EXPECT_LE(context.stats().loads_peak, 8U);
    EXPECT_GT(cache.stats().of(Event::kLoad), 100U);
}

// A process that is told to end does not wait for a database that hangs: what is left of its loads is destroyed with the
// executors, after the cache. Whoever still waits is told that it stopped.
TEST(CacheThreads, LoadsThatNeverEndMayOutliveTheirCache) {
    SystemTimeSource time;
    boost::asio::io_context executor{1};
    auto store = std::make_unique<MemoryStore>(time);
    ContextOptions shared;
    shared.loads_max = 1;
    auto context = std::make_unique<Context>(*store, time, shared);
    NumberCache::Sources sources;
    int loads = 0;
    sources.load = [&](int, Deadline) -> Task<Result<std::optional<std::string>>> {
        ++loads;
        const Executor here = co_await boost::asio::this_coro::executor;
        co_await sleep_until(time, here, time.now() + Millis{3'600'000});
        co_return std::optional<std::string>{};
    };
    Options options;
    options.name = "goods";
    auto cache = std::make_unique<NumberCache>(*context, options, std::move(sources));
    std::vector<std::shared_ptr<std::optional<Result<std::optional<std::string>>>>> readers;
    for (int key = 0; key < 3; ++key) {  // one loads, the others wait for their turn
        readers.push_back(start_task(executor, cache->get(key, time.in(Millis{3'600'000}))));
    }
    while (loads == 0) executor.poll();
    executor.poll();
    cache.reset();
    executor.poll();
    for (const auto& reader : readers) {
        ASSERT_TRUE(reader->has_value());
        EXPECT_EQ((*reader)->error().code, Code::kStopped);
    }
    context.reset();
    store.reset();
    EXPECT_EQ(loads, 1);
}

}  // namespace
}  // namespace sluice::cache
