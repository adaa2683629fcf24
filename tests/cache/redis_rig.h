#pragma once
// A process of the tests: one thread's executor, a clock, a Redis store with its own connections, a
// context.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "adapters/redis/cache_store.h"
#include "adapters/system/system_time_source.h"
#include "cache/context.h"
#include "redis/test_redis.h"
#include "support/start_task.h"

namespace sluice::cache {

class RedisNode {
public:
    explicit RedisNode(RedisEndpoint endpoint, ContextOptions options = {}, std::size_t lines = 1)
        : store_(std::make_unique<RedisCacheStore>(
              std::vector<Executor>(lines, Executor(context_.get_executor())), clock_, log_,
              std::move(endpoint)
          )),
          shared_(*store_, time_, options) {}
    // What the store has under way ends by itself; the loop runs until it has.
    ~RedisNode() {
        run([](RedisCacheStore& store) -> Task<Done> {
            co_await store.stop();
            co_return Done{};
        }(*store_));
    }

    boost::asio::io_context& context() { return context_; }
    RedisCacheStore& store() { return *store_; }
    Context& shared() { return shared_; }
    SystemTimeSource& time() { return time_; }
    TestLog& log() { return log_; }

    template <class T>
    std::shared_ptr<std::optional<T>> start(Task<T> task) {
        return start_task(context_, std::move(task));
    }
    template <class T>
    T wait_for(const std::shared_ptr<std::optional<T>>& value) {
        until([&] { return value->has_value(); });
        return std::move(**value);
    }
    template <class T>
    T run(Task<T> task) {
        return wait_for(start(std::move(task)));
    }
    // Runs handlers until it is true; a loop that stays without any for a minute ends the program.
    template <class Ready>
    void until(Ready ready) {
        while (!ready()) {
            context_.restart();
            SLUICE_CHECK(context_.run_one_for(std::chrono::minutes(1)) == 1);
        }
    }
    void until_feed_lives() {
        until([&] { return store_->feed_alive(); });
    }
    // Of a server whose time stands still: there a heartbeat would never be due again.
    void until_feed_lives(TestRedis& redis) {
        until([&] {
            redis.pass(Millis{300});
            return store_->feed_alive();
        });
    }

private:
    SystemClock clock_;
    SystemTimeSource time_;
    TestLog log_;
    boost::asio::io_context context_{1};
    std::unique_ptr<RedisCacheStore> store_;
    Context shared_;
};

}  // namespace sluice::cache
