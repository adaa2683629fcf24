#pragma once
// Several processes in one: each a RedisNode with a cache of its own, on a thread of its own.

#include <boost/asio/this_coro.hpp>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cache/logical_cache.h"
#include "cache/one_shot.h"
#include "cache/redis_rig.h"

namespace sluice::cache {

using TextCache = LogicalCache<std::string, std::string>;

struct Node {
    Node(
        RedisEndpoint endpoint, const ContextOptions& shared, const Options& options,
        TextCache::Sources sources
    )
        : redis(std::move(endpoint), shared), cache(redis.shared(), options, std::move(sources)) {
        redis.until_feed_lives();
    }
    ~Node() { stop(); }
    void stop() {
        (void)redis.run([](TextCache& stopping) -> Task<Done> {
            co_await stopping.stop();
            co_return Done{};
        }(cache));
    }
    Deadline in(Millis delay) { return redis.time().in(delay); }
    std::string get(const std::string& key, Millis patience = Millis{10'000}) {
        auto result = redis.run(cache.get(key, in(patience)));
        if (!result.ok()) return "!" + std::string(info(result.error().code).wire);
        return result->value_or("-");
    }
    void play(Millis length) { (void)redis.run(sleep(redis.time(), length)); }

    static Task<Done> sleep(TimeSource& time, Millis length) {
        const Executor executor = co_await boost::asio::this_coro::executor;
        co_await sleep_until(time, executor, time.now() + length);
        co_return Done{};
    }

    RedisNode redis;
    TextCache cache;
};

using MakeSources = std::function<TextCache::Sources(int node)>;

// Runs `life(node, number)` on `count` threads at once.
inline void on_nodes(
    int count, const RedisEndpoint& endpoint, const ContextOptions& shared, const Options& options,
    const MakeSources& sources, const std::function<void(Node&, int)>& life
) {
    std::vector<std::thread> threads;
    for (int number = 0; number < count; ++number) {
        threads.emplace_back([&, number] {
            Node node(endpoint, shared, options, sources(number));
            life(node, number);
        });
    }
    for (auto& thread : threads) thread.join();
}

// How often a test repeats: fewer in the suite than in the full form.
inline int times_from(const char* variable, int otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::atoi(text);
}

}  // namespace sluice::cache
