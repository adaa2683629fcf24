// hit_path: what a hit costs, against the goals of the cache's design. Prints the first level's
// p50, p99 and rate for one thread and for all of them, its memory beside keys and values, the
// second level against bare pipelined GETs on the same connection, taking turns, and at the end
// every goal with the figure's ratio to it. Starts a private Redis in a temporary directory. Build:
// ninja -C build/release cache_hit_path; run: build/release/bench/cache_hit_path
#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "adapters/redis/cache_store.h"
#include "adapters/redis/reply.h"
#include "adapters/system/system_clock.h"
#include "adapters/system/system_time_source.h"
#include "async/task_group.h"
#include "base/prng.h"
#include "cache/l1.h"
#include "cache/logical_cache.h"
#include "cache/memory_store.h"
#include "goals.h"
#include "stack/redis_server.h"

namespace sluice::cache {
namespace {

using Steady = std::chrono::steady_clock;
using NumberCache = LogicalCache<std::int64_t, std::string>;
constexpr std::int64_t kStored = 20'000;  // keys of the second level's part

// Of this thread: neighbours on a shared machine do not count.
double cpu_ns() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

double ns_since(Steady::time_point then) {
    return std::chrono::duration<double, std::nano>(Steady::now() - then).count();
}

// The benchmark itself went wrong: there is no figure.
[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "no figure: %s\n", why.c_str());
    std::exit(1);
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

class SilentLog final : public Log {
public:
    void write(LogLevel, std::string_view, std::string_view, std::initializer_list<LogField>)
        override {}
};

Options bench_options() {
    Options options;
    options.name = "shops";
    options.ttl = Millis{3'600'000};
    return options;
}

NumberCache::Sources bench_sources() {
    NumberCache::Sources sources;
    sources.load = [](std::int64_t key, Deadline) -> Task<Result<std::optional<std::string>>> {
        co_return std::optional<std::string>(std::string(200, static_cast<char>('a' + key % 26)));
    };
    return sources;
}

template <class T>
Task<void> keep(Task<T> task, bool& done) {
    (void)co_await std::move(task);
    done = true;
}
template <class T>
void run(boost::asio::io_context& context, Task<T> task) {
    bool done = false;
    boost::asio::co_spawn(
        context, keep(std::move(task), done),
        [](const std::exception_ptr& failure) {
            if (failure) std::rethrow_exception(failure);
        }
    );
    while (!done) {
        context.restart();
        context.run_one();
    }
}

Task<Done> fill(NumberCache& cache, TimeSource& time, std::int64_t keys) {
    for (std::int64_t from = 0; from < keys; from += 1'000) {
        std::vector<std::int64_t> some;
        for (std::int64_t key = from; key < from + 1'000; ++key) some.push_back(key);
        (void)co_await cache.get_many(std::move(some), time.in(Millis{60'000}));
    }
    co_return Done{};
}

// Until reading everything loads nothing: on a busy machine a commit may have been late.
Task<Done> fill_all(NumberCache& cache, TimeSource& time, std::int64_t keys) {
    for (int attempt = 0; attempt < 20; ++attempt) {
        const std::uint64_t before = cache.stats().of(Event::kLoad);
        co_await fill(cache, time, keys);
        if (cache.stats().of(Event::kLoad) == before) co_return Done{};
    }
    give_up("the keys could not all be stored");
}

// Nanoseconds of each of many batches of 16 hits, per hit.
std::vector<double> hit_batches(NumberCache& cache, std::int64_t keys, std::uint64_t seed) {
    constexpr int kBatch = 16;
    Prng prng(seed);
    std::vector<double> each;
    each.reserve(200'000);
    std::size_t bytes = 0;
    for (int i = 0; i < 200'000; ++i) {
        std::array<std::int64_t, kBatch> chosen{};
        for (auto& key : chosen)
            key = static_cast<std::int64_t>(prng.below(static_cast<std::uint64_t>(keys)));
        const auto began = Steady::now();
        for (const std::int64_t key : chosen) {
            const auto glance = cache.peek(key);
            if (glance) bytes += glance->value->size();
        }
        each.push_back(ns_since(began) / kBatch);
    }
    if (bytes != 200'000U * kBatch * 200U) give_up("some reads of the first level were no hits");
    return each;
}

void print_hits(Goals& goals, NumberCache& cache, std::int64_t keys) {
    const double began = cpu_ns();
    auto each = hit_batches(cache, keys, 1);
    const double cpu = cpu_ns() - began;
    std::sort(each.begin(), each.end());
    const double p50 = each[each.size() / 2];
    const double per_us = 16e3 * static_cast<double>(each.size()) / cpu;
    std::printf(
        "L1 hit, %6lld keys, 1 thread:  p50 %5.1f ns  p99 %5.1f ns  %5.1f M/s of CPU time\n",
        static_cast<long long>(keys), p50, each[each.size() * 99 / 100], per_us
    );
    const std::string of = ", " + std::to_string(keys) + " keys";
    goals.at_most("L1 hit, p50" + of, p50, 100, "ns");
    goals.at_least("L1 hits a core, 1 thread" + of, per_us, 8, "M/s");
}

void print_hits_of_threads(Goals& goals, NumberCache& cache, std::int64_t keys) {
    const unsigned count = std::max(2U, std::thread::hardware_concurrency());
    std::vector<std::thread> threads;
    std::atomic<std::uint64_t> hits{0};
    std::atomic<std::uint64_t> cpu{0};
    const auto began = Steady::now();
    for (unsigned number = 0; number < count; ++number) {
        threads.emplace_back([&, number] {
            Prng prng(number + 1);
            std::uint64_t good = 0;
            const double cpu_began = cpu_ns();
            for (int i = 0; i < 4'000'000; ++i) {
                const auto key =
                    static_cast<std::int64_t>(prng.below(static_cast<std::uint64_t>(keys)));
                good += cache.peek(key) ? 1 : 0;
            }
            hits += good;
            cpu += static_cast<std::uint64_t>(cpu_ns() - cpu_began);
        });
    }
    for (auto& thread : threads) thread.join();
    const double per_us = 1e3 * static_cast<double>(hits) / static_cast<double>(cpu);
    std::printf(
        "L1 hit, %6lld keys, %u threads: %5.1f M/s together, %5.1f M/s of CPU time\n",
        static_cast<long long>(keys), count, 1e3 * static_cast<double>(hits) / ns_since(began),
        per_us
    );
    goals.at_least(
        "L1 hits a core, " + std::to_string(count) + " threads, " + std::to_string(keys) +
            (keys == 1 ? " key" : " keys"),
        per_us, 8, "M/s"
    );
}

double heap_bytes() {
    const auto now = mallinfo2();
    return static_cast<double>(now.uordblks) + static_cast<double>(now.hblkhd);
}

using SmallValue = std::array<char, 64>;

// What an entry costs the process beside its key and its value, each key with `digits` more bytes.
double entry_overhead(std::size_t entries, int digits) {
    const double before = heap_bytes();
    auto l1 = std::make_unique<L1>(kValueType<SmallValue>, std::size_t{1} << 32U);
    std::size_t payload = 0;
    for (std::size_t i = 0; i < entries; ++i) {
        const std::string number = std::to_string(1'000'000 + i);
        const std::string key =
            "shop:" + std::string(static_cast<std::size_t>(digits), '0') + number;
        const auto hash = hash_text(key);
        L1Item item;
        item.value = make_value(key, SmallValue{}, sizeof(SmallValue));
        item.hard = Instant::max();
        item.soft = Instant::max();
        l1->put(key, hash, l1->token(hash), item);
        payload += key.size() + sizeof(SmallValue);
    }
    if (l1->stats().entries != entries) give_up("not everything was kept");
    return (heap_bytes() - before - static_cast<double>(payload)) / static_cast<double>(entries);
}

// Over keys of 12 to 27 bytes, because allocations come in steps of 16, and over tables that are
// half full to full, because they double.
void print_memory(Goals& goals) {
    std::vector<double> each;
    for (int digits = 0; digits < 16; ++digits) {
        for (int step = 0; step < 8; ++step) {
            const auto entries =
                static_cast<std::size_t>(262'144 * std::pow(2.0, (step + 0.5) / 8));
            each.push_back(entry_overhead(entries, digits));
        }
    }
    const double mean =
        std::accumulate(each.begin(), each.end(), 0.0) / static_cast<double>(each.size());
    std::printf(
        "L1 memory: %.0f B an entry beside key and value in the mean (%.0f to %.0f); charged with "
        "%zu B\n",
        mean, *std::min_element(each.begin(), each.end()),
        *std::max_element(each.begin(), each.end()), L1Shard::kOverhead
    );
    goals.at_most("L1 memory beside key and value", mean, 64, "B");
}

// Readers that ask for the same key at the same time would share a flight: each has its own order.
std::int64_t some_key(Prng& prng) { return static_cast<std::int64_t>(prng.below(kStored)); }

Task<void> bare_gets(RedisConnection& connection, int count, std::uint64_t seed) {
    Prng prng(seed);
    for (int i = 0; i < count; ++i) {
        auto command =
            format_command({"GET", "sluice:cache:{shops:" + std::to_string(some_key(prng)) + "}:v"}
            );
        auto reply =
            co_await connection.call(std::move(command), CallKind::kRead, Deadline::never());
        if (!reply.ok()) give_up("a bare GET failed: " + reply.error().detail);
        if (reply->text.empty()) give_up("a bare GET found nothing");
    }
}

Task<void> cache_gets(NumberCache& cache, TimeSource& time, int count, std::uint64_t seed) {
    Prng prng(seed);
    for (int i = 0; i < count; ++i) {
        auto got = co_await cache.get(some_key(prng), time.in(Millis{10'000}));
        if (!got.ok()) give_up("a read through the cache failed: " + got.error().detail);
    }
}

template <class Make>
double ns_each(boost::asio::io_context& context, Make make) {
    constexpr int kReaders = 64;
    constexpr int kEach = 3'000;
    TaskGroup tasks(context.get_executor());
    const auto began = Steady::now();
    for (int i = 0; i < kReaders; ++i) tasks.spawn(make(kEach, static_cast<std::uint64_t>(i)));
    run(context, [](TaskGroup& group) -> Task<Done> {
        co_await group.join();
        co_return Done{};
    }(tasks));
    return ns_since(began) / kReaders / kEach;
}

// Bare GETs and reads through the cache take turns, so that both meet the same machine.
template <class Bare, class Cached>
void print_turns(
    Goals& goals, boost::asio::io_context& context, NumberCache& cache, Bare bare, Cached cached
) {
    constexpr int kRounds = 7;
    std::vector<double> bare_ns;
    std::vector<double> cached_ns;
    std::vector<double> ratios;
    const std::uint64_t loads = cache.stats().of(Event::kLoad);
    const std::uint64_t hits = cache.stats().of(Event::kL2Fresh);
    for (int round = 0; round < kRounds; ++round) {
        bare_ns.push_back(ns_each(context, bare));
        cached_ns.push_back(ns_each(context, cached));
        ratios.push_back(cached_ns.back() / bare_ns.back());
    }
    const Stats stats = cache.stats();
    if (stats.of(Event::kLoad) != loads) give_up("some reads of the second level were loads");
    std::printf(
        "L2 hit, 64 readers: %.0f ns; bare pipelined GET: %.0f ns; ratio %.2f (%.2f to %.2f over "
        "%d turns); %llu hits, 0 loads\n",
        median(cached_ns), median(bare_ns), median(ratios),
        *std::min_element(ratios.begin(), ratios.end()),
        *std::max_element(ratios.begin(), ratios.end()), kRounds,
        static_cast<unsigned long long>(stats.of(Event::kL2Fresh) - hits)
    );
    goals.at_most("L2 hit / bare pipelined GET", median(ratios), 2, "x");
}

void print_second_level(Goals& goals) {
    std::string directory =
        (std::filesystem::temp_directory_path() / "sluice-bench-XXXXXX").string();
    if (::mkdtemp(directory.data()) == nullptr) std::abort();
    stack::RedisOptions redis;
    redis.directory = directory;
    redis.dies_with_us = true;
    auto server = stack::RedisServer::start(redis).value();
    {
        boost::asio::io_context context{1};
        SystemClock clock;
        SystemTimeSource time;
        SilentLog log;
        RedisEndpoint endpoint;
        endpoint.port = server.port();
        RedisCacheStore store({context.get_executor()}, clock, log, endpoint);
        RedisConnection connection(context.get_executor(), clock, log, endpoint);
        ContextOptions shared;
        shared.read_max = Millis{5'000};  // what a hit costs is asked, not what a late answer does
        shared.write_max = Millis{5'000};
        Context caches(store, time, shared);
        auto options = bench_options();
        options.l1_bytes = 0;
        NumberCache cache(caches, options, bench_sources());
        run(context, fill_all(cache, time, kStored));
        print_turns(
            goals, context, cache,
            [&](int count, std::uint64_t seed) { return bare_gets(connection, count, seed); },
            [&](int count, std::uint64_t seed) { return cache_gets(cache, time, count, seed); }
        );
        run(context,
            [](NumberCache& one, RedisCacheStore& two, RedisConnection& three) -> Task<Done> {
                co_await one.stop();
                co_await two.stop();
                co_await three.stop();
                co_return Done{};
            }(cache, store, connection));
    }
    server.stop();
    std::filesystem::remove_all(directory);
}

// A cache of that many keys, and reads of all of them.
void print_first_level(Goals& goals, TimeSource& time, std::int64_t keys, bool also_in_threads) {
    boost::asio::io_context context{1};
    MemoryStore store(time);
    Context caches(store, time);
    auto options = bench_options();
    options.l1_bytes = std::size_t{512} << 20U;
    NumberCache cache(caches, options, bench_sources());
    run(context, fill_all(cache, time, keys));
    if (also_in_threads) {
        print_hits_of_threads(goals, cache, keys);
    } else {
        print_hits(goals, cache, keys);
    }
    run(context, [](NumberCache& one) -> Task<Done> {
        co_await one.stop();
        co_return Done{};
    }(cache));
}

void print_first_levels(Goals& goals) {
    // A process of one thread would count holders without atomic operations, which no server can.
    std::thread([] {}).join();
    SystemTimeSource time;
    for (const std::int64_t keys : {1'000, 10'000, 200'000})
        print_first_level(goals, time, keys, false);
    for (const std::int64_t keys : {10'000, 1}) print_first_level(goals, time, keys, true);
    const auto began = Steady::now();
    std::int64_t sum = 0;
    for (int i = 0; i < 1'000'000; ++i) sum += time.now().time_since_epoch().count() & 1;
    std::printf(
        "of which reading the clock: %.1f ns (%lld)\n", ns_since(began) / 1e6,
        static_cast<long long>(sum & 1)
    );
}

}  // namespace
}  // namespace sluice::cache

int main() {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    sluice::cache::Goals goals;
    sluice::cache::print_first_levels(goals);
    sluice::cache::print_memory(goals);  // after it: leaves a heap with holes
    sluice::cache::print_second_level(goals);
    goals.print();
    return 0;
}
