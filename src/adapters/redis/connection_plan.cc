#include "adapters/redis/connection_plan.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace sluice {
namespace {

Millis rest_after(int failures) {
    constexpr int kDoublingsMax = 6;  // 50 ms · 2^6 is beyond kRestMax already
    const int doublings = std::min(failures - 1, kDoublingsMax);
    return std::min(ConnectionPlan::kRestFirst * (1 << doublings), ConnectionPlan::kRestMax);
}

}  // namespace

void ConnectionPlan::start() {
    SLUICE_CHECK(phase_ == Phase::kIdle);
    phase_ = Phase::kConnecting;
}

void ConnectionPlan::connected() {
    if (phase_ == Phase::kStopped) return;
    SLUICE_CHECK(phase_ == Phase::kConnecting);
    phase_ = Phase::kGreeting;
}

void ConnectionPlan::greeted(Instant now) {
    if (phase_ == Phase::kStopped) return;
    SLUICE_CHECK(phase_ == Phase::kGreeting);
    phase_ = Phase::kServing;
    serving_since_ = now;
}

void ConnectionPlan::lost(Instant now, std::string reason) {
    if (phase_ == Phase::kStopped) return;
    last_failure_ = std::move(reason);
    if (phase_ == Phase::kServing && now - serving_since_ >= kServedAWhile) {
        failures_ = 0;
        phase_ = Phase::kConnecting;
        return;
    }
    ++failures_;
    rest_until_ = now + rest_after(failures_);
    phase_ = Phase::kResting;
}

void ConnectionPlan::rested() {
    if (phase_ == Phase::kStopped) return;
    SLUICE_CHECK(phase_ == Phase::kResting);
    phase_ = Phase::kConnecting;
}

void ConnectionPlan::stop() { phase_ = Phase::kStopped; }

bool ConnectionPlan::takes_calls() const {
    switch (phase_) {
        case Phase::kServing:
            return true;
        case Phase::kConnecting:
        case Phase::kGreeting:
            return failures_ == 0;
        case Phase::kIdle:
        case Phase::kResting:
        case Phase::kStopped:
            return false;
    }
    return false;
}

}  // namespace sluice
