#pragma once
// TestServer: a real listener on 127.0.0.1 and a port that the system chooses, in a thread of its
// own, with time that only the test moves. TestClient: a raw socket that sends what it is told and
// reads whole responses.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>
#include <thread>

#include "adapters/http/listener.h"
#include "support/test_log.h"

namespace sluice::http {

class HandClock final : public Clock {
public:
    Instant now() const override { return Instant{std::chrono::nanoseconds{now_ns_.load()}}; }
    WallTime wall() const override { return wall_from_ms(1'800'000'000'000); }
    Task<bool> sleep_until(Instant, Event&) override { co_return false; }
    void advance(Millis by) { now_ns_ += std::chrono::nanoseconds{by}.count(); }

private:
    std::atomic<std::int64_t> now_ns_{1'000'000'000};
};

class TestServer {
public:
    explicit TestServer(Router router, Limits limits = quick());
    ~TestServer();
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;

    static Limits quick() {
        Limits limits;
        limits.sweep_interval = Millis{2};  // so that a moved clock is noticed at once
        return limits;
    }
    std::uint16_t port() const { return port_; }
    HandClock& clock() { return clock_; }
    TestLog& log() { return log_; }
    HttpStats& stats() { return stats_; }
    // On the server's thread; returns when it has run.
    void on_thread(std::function<void(HttpListener&)> work);
    // drain(), then waits for drained().
    void drain();
    boost::asio::io_context& io() { return io_; }

private:
    boost::asio::io_context io_{1};
    HandClock clock_;
    TestLog log_;
    HttpStats stats_;
    Router router_;
    std::unique_ptr<HttpListener> listener_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

struct Answer {
    int status = 0;    // 0: the connection closed without a whole answer
    std::string head;  // status line and fields
    std::string body;
    bool has(std::string_view text) const {
        return head.find(text) != std::string::npos || body.find(text) != std::string::npos;
    }
};

class TestClient {
public:
    explicit TestClient(std::uint16_t port);
    ~TestClient();
    TestClient(const TestClient&) = delete;
    TestClient& operator=(const TestClient&) = delete;

    void send(std::string_view bytes);
    // The next response, framed by its Content-Length; `head_only` for answers to HEAD.
    Answer read(bool head_only = false);
    Answer ask(std::string_view bytes) {
        send(bytes);
        return read();
    }
    // Everything up to the end of the connection.
    std::string read_to_end();
    bool is_closed() { return read_to_end().empty(); }

private:
    bool receive();

    int socket_ = -1;
    std::string input_;
};

std::string get(std::string_view path, std::string_view fields = {});
std::string post(std::string_view path, std::string_view body, std::string_view fields = {});

}  // namespace sluice::http
