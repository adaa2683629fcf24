#pragma once
// The load client's own clock: nanoseconds of CLOCK_MONOTONIC. Latencies are measured here, beside
// the program under test, never by it.

#include <ctime>

#include <cstdint>

namespace sluice::load {

using Nanos = std::int64_t;

inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;

inline Nanos monotonic_now() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<Nanos>(now.tv_sec) * kSecond + now.tv_nsec;
}

inline std::int64_t unix_seconds() { return static_cast<std::int64_t>(std::time(nullptr)); }

}  // namespace sluice::load
