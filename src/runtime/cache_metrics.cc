#include "runtime/cache_metrics.h"

#include <fmt/format.h>

#include <iterator>

namespace sluice {
namespace {

void head(std::string& text, const char* name, const char* type, const char* help) {
    fmt::format_to(std::back_inserter(text), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void gauge(std::string& text, const char* name, const char* help, std::uint64_t value) {
    head(text, name, "gauge", help);
    fmt::format_to(std::back_inserter(text), "{} {}\n", name, value);
}

}  // namespace

void append_prometheus(const CacheFigures& figures, std::string& text) {
    auto out = std::back_inserter(text);
    head(text, "sluice_cache_requests_total", "counter", "Reads of a cache by what became of them, and its own work.");
    for (const auto& [name, stats] : figures.caches) {
        for (std::size_t i = 0; i < cache::kEvents; ++i) {
            const auto event = static_cast<cache::Event>(i);
            fmt::format_to(
                out, "sluice_cache_requests_total{{cache=\"{}\",result=\"{}\"}} {}\n", name, cache::name_of(event),
                stats.of(event)
            );
        }
    }
    head(text, "sluice_cache_bytes", "gauge", "First level of a cache: keys, values and bookkeeping.");
    for (const auto& [name, stats] : figures.caches) {
        fmt::format_to(out, "sluice_cache_bytes{{cache=\"{}\"}} {}\n", name, stats.l1_bytes);
    }
    head(text, "sluice_existence_filter_ids", "gauge", "Ids that a filter knows; 0 until it was built.");
    for (const auto& [name, stats] : figures.filters) {
        fmt::format_to(
            out, "sluice_existence_filter_ids{{filter=\"{}\"}} {}\n", name, stats.base_ids + stats.recent_ids
        );
    }
    head(text, "sluice_existence_filter_bytes", "gauge", "Memory of a filter.");
    for (const auto& [name, stats] : figures.filters) {
        fmt::format_to(out, "sluice_existence_filter_bytes{{filter=\"{}\"}} {}\n", name, stats.bytes);
    }
    head(text, "sluice_existence_filter_failures_total", "counter", "Times that a filter could not read its table.");
    for (const auto& [name, stats] : figures.filters) {
        fmt::format_to(out, "sluice_existence_filter_failures_total{{filter=\"{}\"}} {}\n", name, stats.failures);
    }
    head(text, "sluice_existence_filter_outgrown_total", "counter", "Times that a table grew faster than its filter allows for: rows may have been denied for a moment.");
    for (const auto& [name, stats] : figures.filters) {
        fmt::format_to(out, "sluice_existence_filter_outgrown_total{{filter=\"{}\"}} {}\n", name, stats.outgrown);
    }
    const cache::ContextStats& shared = figures.shared;
    gauge(text, "sluice_cache_loads", "Loads in the database now; never above cache.loads_max.", shared.loads);
    gauge(text, "sluice_cache_loads_peak", "Most loads at once since the start.", shared.loads_peak);
    gauge(text, "sluice_cache_feed_alive", "1 while invalidations are heard of; else the second level is asked instead of the first.",
          figures.feed_alive ? 1 : 0);
    gauge(text, "sluice_cache_breaker_open", "1 while the second level is not asked.", shared.breaker_open ? 1 : 0);
}

}  // namespace sluice
