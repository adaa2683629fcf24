// hit_path: what a hit costs, against the goals of the cache's design. Prints the first level's
// p50, p99 and rate for one thread and for all of them, its memory beside keys and values, the
// second level against bare pipelined GETs on the same connection, taking turns, and at the end
// every goal with the figure's ratio to it. Starts a private Redis in a temporary directory. Build:
// ninja -C build/release cache_hit_path; run: build/release/bench/cache_hit_path
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "adapters/redis/cache_store.h"
#include "adapters/redis/reply.h"
#include "adapters/system/system_clock.h"
#include "adapters/system/system_time_source.h"
#include "async/task_group.h"
#include "base/prng.h"
#include "first_level.h"
#include "hit_rig.h"
#include "stack/redis_server.h"

namespace sluice::cache {
namespace {

constexpr std::int64_t kStored = 20'000;  // keys of the second level's part

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

class SilentLog final : public Log {
public:
    void write(LogLevel, std::string_view, std::string_view, std::initializer_list<LogField>)
        override {}
};

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

}  // namespace
}  // namespace sluice::cache

int main() {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    sluice::cache::Goals goals;
    sluice::cache::print_first_levels(goals);
    sluice::cache::print_memory(goals);
    sluice::cache::print_second_level(goals);
    goals.print();
    return 0;
}
