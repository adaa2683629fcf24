#include "cache/gap_detector.h"

namespace sluice::cache {

GapDetector::Verdict GapDetector::subscribed(Instant now) {
    last_.reset();
    last_heard_ = now;
    return Verdict::kMissed;
}

// The first number after a subscription is where counting begins: what was lost between the two shows nowhere.
GapDetector::Verdict GapDetector::message(std::uint64_t number, Instant now) {
    return heard(last_ && number == *last_ + 1, number, now);
}

// A number below the last one: the server has lost its counter, and perhaps more.
GapDetector::Verdict GapDetector::heartbeat(std::uint64_t last_number, Instant now) {
    return heard(last_ && last_number == *last_, last_number, now);
}

GapDetector::Verdict GapDetector::heard(bool in_order, std::uint64_t number, Instant now) {
    const bool was_silent = !alive(now);
    last_ = number;
    last_heard_ = now;
    return in_order && !was_silent ? Verdict::kInOrder : Verdict::kMissed;
}

void GapDetector::lost() {
    last_.reset();
    last_heard_.reset();
}

bool GapDetector::alive(Instant now) const {
    return last_ && now - *last_heard_ < kSilenceMax;
}

std::optional<Instant> GapDetector::silent_at() const {
    if (!last_heard_) return std::nullopt;
    return *last_heard_ + kSilenceMax;
}

}  // namespace sluice::cache
