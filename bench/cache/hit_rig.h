#pragma once
// What the parts of hit_path share: a cache of numbered texts, filling it, running a task, giving
// up.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "cache/logical_cache.h"

namespace sluice::cache {

using Steady = std::chrono::steady_clock;
using NumberCache = LogicalCache<std::int64_t, std::string>;

inline double ns_since(Steady::time_point then) {
    return std::chrono::duration<double, std::nano>(Steady::now() - then).count();
}

// The benchmark itself went wrong: there is no figure.
[[noreturn]] inline void give_up(const std::string& why) {
    std::fprintf(stderr, "no figure: %s\n", why.c_str());
    std::exit(1);
}

inline Options bench_options() {
    Options options;
    options.name = "shops";
    options.ttl = Millis{3'600'000};
    return options;
}

inline NumberCache::Sources bench_sources() {
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

inline Task<Done> fill(NumberCache& cache, TimeSource& time, std::int64_t keys) {
    for (std::int64_t from = 0; from < keys; from += 1'000) {
        std::vector<std::int64_t> some;
        for (std::int64_t key = from; key < from + 1'000; ++key) some.push_back(key);
        (void)co_await cache.get_many(std::move(some), time.in(Millis{60'000}));
    }
    co_return Done{};
}

// Until reading everything loads nothing: on a busy machine a commit may have been late.
inline Task<Done> fill_all(NumberCache& cache, TimeSource& time, std::int64_t keys) {
    for (int attempt = 0; attempt < 20; ++attempt) {
        const std::uint64_t before = cache.stats().of(Event::kLoad);
        co_await fill(cache, time, keys);
        if (cache.stats().of(Event::kLoad) == before) co_return Done{};
    }
    give_up("the keys could not all be stored");
}

}  // namespace sluice::cache
