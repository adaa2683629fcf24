#pragma once
// Breaker: stops asking a store that fails or hangs. Closed: every call may go, and the last ones
// are judged. Open: none, for a jittered while. Half open: one at a time; enough good ones close
// it, a bad one opens it for twice as long. Pure: the caller says when. Not thread-safe.
//
// A store that hangs shows nothing until the first deadline, and a fast caller would by then wait
// in hundreds of calls; so a closed breaker also refuses while many calls have no reply and none
// has come for a while.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "cache/options.h"

namespace sluice::cache {

class Breaker {
public:
    enum class Phase : std::uint8_t { kClosed, kOpen, kHalfOpen };
    // Permission for one call, to be reported once.
    struct Pass {
        std::uint64_t era = 0;
    };

    // `stall`: how long no reply may come while options.unanswered_max calls wait for one.
    Breaker(BreakerOptions options, Millis stall);

    std::optional<Pass> allow(Instant now);
    // `random` jitters an opening.
    void report(Pass pass, bool good, Instant now, std::uint64_t random);

    Phase phase() const { return phase_; }
    std::uint64_t opened() const { return opened_; }  // how often

private:
    bool stalled(Instant now) const;
    void judge(bool good, Instant now, std::uint64_t random);
    void open(Instant now, std::uint64_t random);
    void close();

    const BreakerOptions options_;
    const Millis stall_;
    Phase phase_ = Phase::kClosed;
    std::uint64_t era_ = 0;     // changes with the phase: reports of calls from before are old news
    std::vector<bool> window_;  // of the last calls: failed; a ring once it is full
    std::size_t window_next_ = 0;
    std::size_t window_failed_ = 0;
    std::size_t unanswered_ = 0;  // of this era
    Instant quiet_since_;         // the last reply, or the first call after none was under way
    Instant open_until_;
    Millis open_for_;
    std::size_t good_probes_ = 0;
    std::uint64_t opened_ = 0;
};

}  // namespace sluice::cache
