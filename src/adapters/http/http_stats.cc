#include "adapters/http/http_stats.h"

#include <algorithm>
#include <cstdio>

namespace sluice::http {
namespace {

constexpr std::string_view kFamily = "sluice_http_request_duration_seconds";

std::string seconds(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.9g", value);
    return text.data();
}

}  // namespace

RouteStats::~RouteStats() {
    for (auto& slot : by_status_) delete slot.load();
}

RouteStats::Histogram& RouteStats::histogram(std::size_t status_index) {
    Histogram* existing = by_status_[status_index].load(std::memory_order_acquire);
    if (existing != nullptr) return *existing;
    auto made = std::make_unique<Histogram>();
    if (by_status_[status_index].compare_exchange_strong(
            existing, made.get(), std::memory_order_acq_rel
        )) {
        return *made.release();
    }
    return *existing;
}

void RouteStats::observe(int status, std::chrono::nanoseconds took) {
    const auto known = std::find(kStatuses.begin(), kStatuses.end(), status);
    const auto fallback = std::find(kStatuses.begin(), kStatuses.end(), 500);
    const auto index = (known == kStatuses.end() ? fallback : known) - kStatuses.begin();
    Histogram& chosen = histogram(static_cast<std::size_t>(index));
    const std::int64_t micros = (took.count() + 999) / 1'000;
    const auto bucket = std::lower_bound(kBoundsMicros.begin(), kBoundsMicros.end(), micros) -
                        kBoundsMicros.begin();
    chosen.buckets[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    chosen.nanos.fetch_add(
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, took.count())),
        std::memory_order_relaxed
    );
}

void RouteStats::append_prometheus(std::string& out) const {
    for (std::size_t i = 0; i < kStatuses.size(); ++i) {
        const Histogram* histogram = by_status_[i].load(std::memory_order_acquire);
        if (histogram == nullptr) continue;
        std::string labels = "route=\"" + route_ + "\",method=\"";
        labels.append(to_string(method_))
            .append("\",status=\"")
            .append(std::to_string(kStatuses[i]))
            .append("\"");
        std::uint64_t total = 0;
        for (std::size_t b = 0; b < histogram->buckets.size(); ++b) {
            total += histogram->buckets[b].load(std::memory_order_relaxed);
            const bool last = b == kBoundsMicros.size();
            const std::string bound =
                last ? "+Inf" : seconds(static_cast<double>(kBoundsMicros[b]) / 1e6);
            out.append(kFamily)
                .append("_bucket{")
                .append(labels)
                .append(",le=\"")
                .append(bound)
                .append("\"} ");
            out.append(std::to_string(total)).append("\n");
        }
        const auto nanos = static_cast<double>(histogram->nanos.load(std::memory_order_relaxed));
        out.append(kFamily)
            .append("_sum{")
            .append(labels)
            .append("} ")
            .append(seconds(nanos / 1e9))
            .append("\n");
        out.append(kFamily)
            .append("_count{")
            .append(labels)
            .append("} ")
            .append(std::to_string(total))
            .append("\n");
    }
}

RouteStats& HttpStats::route(std::string_view route, Method method) {
    const std::lock_guard lock{mutex_};
    for (const auto& known : routes_) {
        if (known->route() == route && known->method() == method) return *known;
    }
    routes_.push_back(std::make_unique<RouteStats>(std::string{route}, method));
    return *routes_.back();
}

void HttpStats::append_prometheus(std::string& out) const {
    out.append("# HELP ").append(kFamily).append(" Time from a request's last byte to its answer.\n"
    );
    out.append("# TYPE ").append(kFamily).append(" histogram\n");
    {
        const std::lock_guard lock{mutex_};
        for (const auto& route : routes_) route->append_prometheus(out);
    }
    out.append(
        "# HELP sluice_http_connections Open connections.\n# TYPE sluice_http_connections gauge\n"
    );
    out.append("sluice_http_connections ").append(std::to_string(connections())).append("\n");
    out.append("# HELP sluice_http_connections_refused_total Connections refused by a limit.\n");
    out.append(
        "# TYPE sluice_http_connections_refused_total "
        "counter\nsluice_http_connections_refused_total "
    );
    out.append(std::to_string(refused_.load(std::memory_order_relaxed))).append("\n");
}

}  // namespace sluice::http
