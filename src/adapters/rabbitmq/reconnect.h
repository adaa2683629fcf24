#pragma once
// Reconnect: when to try the broker again. Pure state machine: down until an instant, or up. Waits
// grow with failures in a row (domain backoff()), and a connection that ends again at once counts
// as one more failure: only one that has lasted makes the next wait short again.

#include "base/time.h"
#include "domain/retry_policy.h"

namespace sluice {

class Reconnect {
public:
    static constexpr Millis kLasting{5'000};

    bool up() const { return up_; }
    // Down, and the wait is over.
    bool may_try(Instant now) const { return !up_ && now >= next_try_; }
    Instant next_try() const { return next_try_; }
    int failures() const { return failures_; }

    void connected(Instant now) {
        up_ = true;
        since_ = now;
    }
    // A try failed, or the connection ended.
    void failed(Instant now) {
        if (up_ && now - since_ >= kLasting) failures_ = 0;
        up_ = false;
        next_try_ = now + backoff(failures_);
        ++failures_;
    }

private:
    bool up_ = false;
    Instant since_{};     // of the present connection; meaningless while down
    Instant next_try_{};  // the first try is at once
    int failures_ = 0;    // in a row
};

}  // namespace sluice
