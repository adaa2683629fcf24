#include "cache/breaker.h"

#include <algorithm>

#include "base/check.h"

namespace sluice::cache {

Breaker::Breaker(BreakerOptions options, Millis stall)
    : options_(options), stall_(stall), open_for_(options.open_first) {
    SLUICE_CHECK(options_.window > 0 && options_.volume_min > 0);
}

std::optional<Breaker::Pass> Breaker::allow(Instant now) {
    if (phase_ == Phase::kOpen) {
        if (now < open_until_) return std::nullopt;
        phase_ = Phase::kHalfOpen;
        good_probes_ = 0;
        ++era_;
        unanswered_ = 0;
    }
    if (phase_ == Phase::kHalfOpen && unanswered_ > 0) return std::nullopt;
    if (phase_ == Phase::kClosed && stalled(now)) return std::nullopt;
    if (unanswered_ == 0) quiet_since_ = now;
    ++unanswered_;
    return Pass{era_};
}

bool Breaker::stalled(Instant now) const {
    return unanswered_ >= options_.unanswered_max && now - quiet_since_ > stall_;
}

void Breaker::report(Pass pass, bool good, Instant now, std::uint64_t random) {
    if (pass.era != era_) return;
    --unanswered_;
    if (good) quiet_since_ = now;
    if (phase_ == Phase::kClosed) return judge(good, now, random);
    if (!good) {
        open_for_ = std::min(open_for_ * 2, options_.open_max);
        return open(now, random);
    }
    if (++good_probes_ >= options_.probes_to_close) close();
}

void Breaker::judge(bool good, Instant now, std::uint64_t random) {
    if (window_.size() < options_.window) {
        window_.push_back(!good);
    } else {
        window_failed_ -= window_[window_next_] ? 1 : 0;
        window_[window_next_] = !good;
    }
    window_failed_ += good ? 0 : 1;
    window_next_ = (window_next_ + 1) % options_.window;
    if (window_.size() < options_.volume_min) return;
    if (static_cast<double>(window_failed_) >=
        options_.failures_max * static_cast<double>(window_.size())) {
        open(now, random);
    }
}

// 0.8 … 1.2 of the time, so that the processes do not all come back at once.
void Breaker::open(Instant now, std::uint64_t random) {
    const auto jittered = open_for_.count() * 8 / 10 +
                          static_cast<std::int64_t>(
                              random % static_cast<std::uint64_t>(open_for_.count() * 4 / 10 + 1)
                          );
    phase_ = Phase::kOpen;
    open_until_ = now + Millis{jittered};
    ++era_;
    ++opened_;
    unanswered_ = 0;
    window_.clear();
    window_next_ = window_failed_ = 0;
}

void Breaker::close() {
    phase_ = Phase::kClosed;
    ++era_;
    unanswered_ = 0;
    open_for_ = options_.open_first;
}

}  // namespace sluice::cache
