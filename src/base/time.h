#pragma once
// Two clocks that are never mixed. Instant: time since boot, for deadlines and leases (never steps). WallTime: UTC in
// milliseconds, for windows and deadlines that people see. Neither type can read a clock: ports/clock.h does.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

using Millis = std::chrono::milliseconds;

struct BootClock {  // CLOCK_BOOTTIME; a tag only
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;
};
using Instant = BootClock::time_point;
using WallTime = std::chrono::sys_time<Millis>;

inline constexpr WallTime wall_from_ms(std::int64_t ms) { return WallTime{Millis{ms}}; }
inline constexpr std::int64_t to_ms(WallTime time) { return time.time_since_epoch().count(); }

// When the caller stops being interested. Always the last parameter of an awaitable call; retries inherit it.
struct Deadline {
    Instant at;
    bool passed(Instant now) const { return now >= at; }
    static constexpr Deadline never() { return Deadline{Instant::max()}; }
};

// RFC 3339 in UTC with milliseconds, e.g. 2026-11-22T08:00:00.000Z.
std::string to_rfc3339(WallTime time);
// Accepts what to_rfc3339 prints, with or without fraction, and any numeric offset.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace sluice
