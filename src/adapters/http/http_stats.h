#pragma once
// How many requests each route answered, with which status and how fast: the histogram
// sluice_http_request_duration_seconds{route,method,status} in Prometheus text. Routes are
// registered once and counted wait-free from any thread. Labels are route patterns, never paths, so
// their number is bounded.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/request.h"

namespace sluice::http {

class RouteStats {
public:
    RouteStats(std::string route, Method method) : route_(std::move(route)), method_(method) {}
    ~RouteStats();
    RouteStats(const RouteStats&) = delete;
    RouteStats& operator=(const RouteStats&) = delete;

    void observe(int status, std::chrono::nanoseconds took);
    const std::string& route() const { return route_; }
    Method method() const { return method_; }
    void append_prometheus(std::string& out) const;

private:
    static constexpr std::array<std::int64_t, 14> kBoundsMicros = {
        250,    500,     1'000,   2'500,   5'000,     10'000,    25'000,
        50'000, 100'000, 250'000, 500'000, 1'000'000, 5'000'000, 30'000'000};
    static constexpr std::array<int, 20> kStatuses = {200, 201, 202, 204, 302, 304, 400,
                                                      401, 403, 404, 405, 408, 409, 413,
                                                      415, 422, 429, 431, 500, 503};
    struct Histogram {
        std::array<std::atomic<std::uint64_t>, kBoundsMicros.size() + 1>
            buckets{};  // not cumulative
        std::atomic<std::uint64_t> nanos{0};
    };
    Histogram& histogram(std::size_t status_index);

    std::string route_;
    Method method_;
    std::array<std::atomic<Histogram*>, kStatuses.size()>
        by_status_{};  // made at the first answer of that status
};

class HttpStats {
public:
    // Stable for the life of this object; the same pair gives the same one.
    RouteStats& route(std::string_view route, Method method);
    void connection_opened() { connections_.fetch_add(1, std::memory_order_relaxed); }
    void connection_closed() { connections_.fetch_sub(1, std::memory_order_relaxed); }
    void connection_refused() { refused_.fetch_add(1, std::memory_order_relaxed); }
    std::int64_t connections() const { return connections_.load(std::memory_order_relaxed); }
    // Whole families with # HELP and # TYPE.
    void append_prometheus(std::string& out) const;

private:
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<RouteStats>> routes_;  // guarded by mutex_; only grows
    std::atomic<std::int64_t> connections_{0};
    std::atomic<std::uint64_t> refused_{0};
};

}  // namespace sluice::http
