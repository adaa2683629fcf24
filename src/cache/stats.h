#pragma once
// What a cache counts. Snapshot values; the names are those of
// `sluice_cache_requests_total{cache,result}` and friends.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::cache {

// What became of a request, or of a rebuild behind it. One request counts once among the first
// nine.
enum class Event : std::uint8_t {
    kL1Fresh,
    kL1Stale,
    kL2Fresh,
    kL2Stale,
    kNull,            // known not to exist, from either level
    kAbsentByFilter,  // the existence filter said no: no I/O
    kLoaded,          // waited for a load, its own or another's
    kFailed,          // got an error
    kRefused,         // too many waiters, flights or loads, or its deadline passed
    kLoad,            // keys asked of the loader
    kLoadFailed,
    kCommitStored,
    kCommitRejected,
    kBreakerOpen,   // store calls that were not made
    kStoreFailed,   // store calls that failed
    kElectedEarly,  // XFetch
    kLeaseBusy,     // somebody else is rebuilding
    kLeaseBackoff,  // a failed load is being rested from
    kInvalidated,
    kL1Flushed,
    kL1FillRejected,  // an invalidation overtook it
    kUndecodable,     // a payload the codec did not understand: as if absent
};
inline constexpr std::size_t kEvents = 22;

std::string_view name_of(Event event);  // "l1_fresh" …

struct Stats {
    std::array<std::uint64_t, kEvents> events{};
    std::uint64_t l1_entries = 0;
    std::uint64_t l1_bytes = 0;
    std::uint64_t flights = 0;  // now

    std::uint64_t of(Event event) const { return events[static_cast<std::size_t>(event)]; }
};

// Of what the caches share.
struct ContextStats {
    std::uint64_t loads = 0;       // in the database now
    std::uint64_t loads_peak = 0;  // never above loads_max
    std::uint64_t loads_waiting = 0;
    std::uint64_t loads_refused = 0;
    bool breaker_open = false;
    std::uint64_t breaker_opened = 0;  // how often
};

// Thread-safe counters; relaxed, because nothing is decided by them.
class Counters {
public:
    void add(Event event, std::uint64_t count = 1) {
        counts_[static_cast<std::size_t>(event)].fetch_add(count, std::memory_order_relaxed);
    }
    // A request that was counted goes on and will be counted again. Sums wrap, so the order does
    // not matter.
    void take_back(Event event) { add(event, ~std::uint64_t{0}); }
    std::uint64_t of(Event event) const {
        return counts_[static_cast<std::size_t>(event)].load(std::memory_order_relaxed);
    }

private:
    std::array<std::atomic<std::uint64_t>, kEvents> counts_{};
};

}  // namespace sluice::cache
