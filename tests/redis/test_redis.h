#pragma once
// A private redis-server for tests, in a temporary directory of its own, whose time of day the test
// sets (tests/preload/step_clock.cc). And a loop that runs coroutines against it.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/redis/blocking_client.h"
#include "adapters/redis/connection.h"
#include "adapters/system/system_clock.h"
#include "stack/redis_server.h"
#include "support/start_task.h"
#include "support/test_log.h"

namespace sluice {

class TestRedis {
public:
    explicit TestRedis(std::vector<std::string> settings = {}, std::string password = {});
    ~TestRedis();
    TestRedis(const TestRedis&) = delete;
    TestRedis& operator=(const TestRedis&) = delete;

    RedisEndpoint endpoint() const;
    stack::RedisServer& server() { return *server_; }
    std::filesystem::path directory() const { return directory_; }

    WallTime now() const;  // the server's
    void set_now(WallTime now);
    void use_real_time() { *micros_ = 0; }
    void pass(Millis by) { set_now(now() + by); }

    // One command on a connection of its own; the reply may be an error.
    Reply ask(const std::vector<std::string_view>& words) const;
    void restart_empty();  // killed, its data removed, started again on the same port
    std::string replid() const;
    // "REPLICAOF host port", and waits until the other one has it as a replica.
    void follow(const TestRedis& primary) const;

private:
    std::filesystem::path directory_;
    std::atomic<std::int64_t>* micros_ = nullptr;  // mapped; the server reads it
    std::string password_;
    std::unique_ptr<stack::RedisServer> server_;
};

// One for the whole program, started at first use and emptied by every call.
TestRedis& fresh_redis();

// One thread's executor with a connection to a server.
class RedisLoop {
public:
    explicit RedisLoop(RedisEndpoint endpoint, RedisLimits limits = {});

    template <class T>
    T run(Task<T> task) {
        return wait_for(start(std::move(task)));
    }
    // Starts a task without waiting for it; the value appears when it ends.
    template <class T>
    std::shared_ptr<std::optional<T>> start(Task<T> task) {
        return start_task(context_, std::move(task));
    }
    template <class T>
    T wait_for(const std::shared_ptr<std::optional<T>>& value) {
        while (!value->has_value()) step();
        return std::move(**value);
    }
    void step();  // runs one handler; a loop that stays without one for a minute ends the program
    void run_until_serving();

    RedisConnection& connection() { return *connection_; }
    void drop_connection() { connection_.reset(); }
    const Clock& clock() const { return clock_; }
    Deadline in(Millis delay) const { return clock_.in(delay); }
    TestLog& log() { return log_; }

private:
    boost::asio::io_context context_{1};
    SystemClock clock_;
    TestLog log_;
    std::unique_ptr<RedisConnection> connection_;  // before the context goes
};

}  // namespace sluice
