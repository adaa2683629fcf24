#include "cache/stats.h"

namespace sluice::cache {
namespace {

constexpr std::array<std::string_view, kEvents> kNames = {
    "l1_fresh",         "l1_stale",      "l2_fresh",        "l2_stale",     "null",
    "absent_by_filter", "loaded",        "failed",          "refused",      "load",
    "load_failed",      "commit_stored", "commit_rejected", "breaker_open", "store_failed",
    "elected_early",    "lease_busy",    "lease_backoff",   "invalidated",  "l1_flushed",
    "l1_fill_rejected", "undecodable"};

}  // namespace

std::string_view name_of(Event event) { return kNames[static_cast<std::size_t>(event)]; }

}  // namespace sluice::cache
