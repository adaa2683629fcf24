#pragma once
// How failures are repeated: up to two immediate retries inside one attempt, then tiers of 5 s, 30 s, 5 min, 5 min, and
// after the fifth attempt a person. Pure; the tier lengths are configuration so that tests can shorten them.

#include <array>
#include <cstdint>
#include <optional>

#include "base/error.h"
#include "base/time.h"

namespace sluice {

inline constexpr int kAttemptsMax = 5;
inline constexpr int kImmediateRetriesMax = 2;

enum class RetryTier : std::uint8_t { kFirst, kSecond, kThird };  // 5 s, 30 s, 5 min by default

struct RetryTiers {
    std::array<Millis, 3> delays{Millis{5'000}, Millis{30'000}, Millis{300'000}};
    Millis delay(RetryTier tier) const { return delays[static_cast<std::size_t>(tier)]; }
};

// The tier that follows failed attempt number `attempt` (1-based); nullopt when it was the last: bury.
std::optional<RetryTier> tier_after(int attempt);

enum class FailureClass : std::uint8_t {
    kTransient,    // repeat inside this attempt
    kPermanent,    // this change can never succeed: bisect, then bury
    kUnavailable,  // the store itself is down: park nothing, hold the messages, back off
};
// Unknown outcomes are transient: the repeat meets the unique key or the business check.
FailureClass classify(const Error& error);

// Wait before asking an unavailable store again: 50 ms · 2^n, at most 5 s.
Millis backoff(int failures_in_a_row);

}  // namespace sluice
