#include "adapters/http/rate_limit.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "base/check.h"
#include "base/hmac.h"
#include "base/prng.h"

namespace sluice::http {
namespace {

std::uint64_t random_salt() {
    const std::string bytes = random_bytes(sizeof(std::uint64_t));
    std::uint64_t salt = 0;
    std::memcpy(&salt, bytes.data(), sizeof salt);
    return salt;
}

}  // namespace

RateLimiter::RateLimiter(RateLimit limit) : limit_(limit), salt_(random_salt()) {
    SLUICE_CHECK(limit.per_second > 0 && limit.burst >= 1 && limit.buckets > 0);
    buckets_.resize((limit.buckets + kGroup - 1) / kGroup * kGroup);
}

double RateLimiter::tokens_at(const Bucket& bucket, Instant now) const {
    const std::chrono::duration<double> passed = now - bucket.filled_at;
    return std::min(
        limit_.burst, bucket.tokens + std::max(0.0, passed.count()) * limit_.per_second
    );
}

RateLimiter::Bucket& RateLimiter::bucket_of(std::uint64_t caller, Instant now) {
    Bucket* group = &buckets_[caller % (buckets_.size() / kGroup) * kGroup];
    Bucket* fullest = group;
    for (std::size_t i = 0; i < kGroup; ++i) {
        if (group[i].caller == caller) return group[i];
        if (group[i].caller == 0) {
            fullest = &group[i];
        } else if (fullest->caller != 0 && tokens_at(group[i], now) > tokens_at(*fullest, now)) {
            fullest = &group[i];
        }
    }
    fullest->caller = caller;
    fullest->tokens = limit_.burst;
    fullest->filled_at = now;
    return *fullest;
}

std::optional<std::chrono::seconds> RateLimiter::take(std::string_view caller, Instant now) {
    const std::uint64_t hash = Prng{std::hash<std::string_view>{}(caller) ^ salt_}.next();
    const std::lock_guard lock{mutex_};
    Bucket& bucket = bucket_of(hash == 0 ? 1 : hash, now);
    bucket.tokens = tokens_at(bucket, now);
    bucket.filled_at = std::max(bucket.filled_at, now);
    if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return std::nullopt;
    }
    return std::chrono::seconds{
        static_cast<std::int64_t>(std::ceil((1 - bucket.tokens) / limit_.per_second))};
}

}  // namespace sluice::http
