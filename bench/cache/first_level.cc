#include "first_level.h"

#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <numeric>
#include <thread>

#include "adapters/system/system_time_source.h"
#include "base/prng.h"
#include "cache/l1.h"
#include "cache/memory_store.h"
#include "hit_rig.h"

namespace sluice::cache {
namespace {

// Of this thread: neighbours on a shared machine do not count.
double cpu_ns() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
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

}  // namespace

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

}  // namespace sluice::cache
