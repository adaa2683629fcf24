#include "domain/retry_policy.h"

#include <algorithm>

namespace sluice {

std::optional<RetryTier> tier_after(int attempt) {
    if (attempt >= kAttemptsMax) return std::nullopt;
    if (attempt <= 1) return RetryTier::kFirst;
    if (attempt == 2) return RetryTier::kSecond;
    return RetryTier::kThird;
}

FailureClass classify(const Error& error) {
    switch (error.code) {
        case Code::kTransient:
        case Code::kOutcomeUnknown:
        case Code::kTimeout:
            return FailureClass::kTransient;
        case Code::kPermanent:
        case Code::kInvalidField:
        case Code::kNotFound:
            return FailureClass::kPermanent;
        case Code::kSoldOut:
        case Code::kLimitReached:
        case Code::kNotOpen:
        case Code::kEnded:
        case Code::kPaused:
        case Code::kOrderRejected:
        case Code::kTooLate:
        case Code::kNotSettledYet:
        case Code::kConflict:
        case Code::kPayloadMismatch:
        case Code::kBadRequest:
        case Code::kUnauthorized:
        case Code::kBadSignature:
        case Code::kForbidden:
        case Code::kMethodNotAllowed:
        case Code::kRequestTimeout:
        case Code::kBodyTooLarge:
        case Code::kUnsupportedMediaType:
        case Code::kHeaderTooLarge:
        case Code::kRateLimited:
        case Code::kRecovering:
        case Code::kQueueUnavailable:
        case Code::kOverloaded:
        case Code::kUnavailable:
        case Code::kNotPublished:
        case Code::kStopped:
        case Code::kInternal:
            return FailureClass::kUnavailable;
    }
    return FailureClass::kUnavailable;
}

Millis backoff(int failures_in_a_row) {
    constexpr Millis kFirst{50};
    constexpr Millis kMost{5'000};
    constexpr int kDoublingsMax = 7;  // 50 ms · 2^7 is beyond the most already
    const int doublings = std::clamp(failures_in_a_row, 0, kDoublingsMax);
    return std::min(kFirst * (1 << doublings), kMost);
}

}  // namespace sluice
