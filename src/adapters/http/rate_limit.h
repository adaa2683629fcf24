#pragma once
// Token buckets in a table of fixed size: memory does not grow with the number of callers. Buckets
// that share a slot group replace each other, the fullest (least busy) first, so crowding only
// makes the limiter more generous. Thread-safe.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace sluice::http {

struct RateLimit {
    double per_second = 100;  // sustained; > 0
    double burst = 200;       // bucket size; >= 1
    std::size_t buckets = 65'536;
};

class RateLimiter {
public:
    explicit RateLimiter(RateLimit limit);

    // Takes one token. Returns how long to wait, in whole seconds rounded up, when there is none.
    std::optional<std::chrono::seconds> take(std::string_view caller, Instant now);

private:
    struct Bucket {
        std::uint64_t caller = 0;  // hash; 0: free
        double tokens = 0;
        Instant filled_at;
    };
    static constexpr std::size_t kGroup = 8;
    double tokens_at(const Bucket& bucket, Instant now) const;
    Bucket& bucket_of(std::uint64_t caller, Instant now);

    const RateLimit limit_;
    const std::uint64_t salt_;  // so that nobody can choose whose group to crowd
    std::mutex mutex_;
    std::vector<Bucket> buckets_;  // guarded by mutex_; a multiple of kGroup
};

}  // namespace sluice::http
