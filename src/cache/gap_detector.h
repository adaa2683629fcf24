#pragma once
// GapDetector: whether a subscriber has heard every invalidation. Each message carries the next
// number of its channel, each heartbeat the last one; a number that does not follow, a new
// subscription, or a silence means that something may have been missed. Pure; the caller says what
// came and when. One thread.

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace sluice::cache {

class GapDetector {
public:
    static constexpr Millis kSilenceMax{1'000};

    enum class Verdict : std::uint8_t { kInOrder, kMissed };

    // A subscription stands; what was published before it is lost. Always kMissed.
    Verdict subscribed(Instant now);
    Verdict message(std::uint64_t number, Instant now);
    Verdict heartbeat(std::uint64_t last_number, Instant now);
    void lost();  // the subscription

    // Subscribed, with a number to count from, and heard of within kSilenceMax.
    bool alive(Instant now) const;
    std::optional<Instant> silent_at() const;  // nullopt: not subscribed

private:
    Verdict heard(bool in_order, std::uint64_t number, Instant now);

    std::optional<std::uint64_t> last_;  // nullopt: nothing heard since subscribed()
    std::optional<Instant> last_heard_;  // nullopt iff not subscribed
};

}  // namespace sluice::cache
