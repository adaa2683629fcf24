#pragma once
// Where a value falls in a log-linear histogram (the layout of HdrHistogram): exact up to 255, then
// 128 equal buckets per power of two, so a bucket is never wider than 1/128 of its values. Pure
// arithmetic, no storage.

#include <bit>
#include <cstddef>
#include <cstdint>

namespace sluice::log_linear {

inline constexpr int kExactBits = 8;
inline constexpr std::size_t kHalf = std::size_t{1} << (kExactBits - 1);
inline constexpr std::size_t kBuckets = (64 - kExactBits) * kHalf + 2 * kHalf;

constexpr std::size_t bucket_of(std::uint64_t value) {
    const int width = 64 - std::countl_zero(value);
    const int shift = width > kExactBits ? width - kExactBits : 0;
    return static_cast<std::size_t>(shift) * kHalf + static_cast<std::size_t>(value >> shift);
}

// The greatest value that falls into the bucket.
constexpr std::uint64_t upper_bound(std::size_t bucket) {
    if (bucket < 2 * kHalf) return bucket;
    const std::size_t shift = bucket / kHalf - 1;
    const std::uint64_t mantissa = bucket - shift * kHalf;
    return ((mantissa + 1) << shift) - 1;  // wraps to the maximum in the last bucket, as it must
}

}  // namespace sluice::log_linear
