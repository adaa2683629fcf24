#include "load/latency.h"

#include <algorithm>
#include <cmath>

namespace sluice::load {
namespace {

constexpr double kNanosPerMs = 1e6;

}  // namespace

void LatencyHistogram::record(std::int64_t nanos) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(nanos, 0));
    ++buckets_[log_linear::bucket_of(value)];
    ++count_;
    max_ = std::max(max_, value);
}

double LatencyHistogram::percentile_ms(double share) const {
    if (count_ == 0) return 0;
    const double exact = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_));
    const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(exact), 1, count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen >= rank)
            return static_cast<double>(std::min(log_linear::upper_bound(i), max_)) / kNanosPerMs;
    }
    return max_ms();
}

double LatencyHistogram::max_ms() const { return static_cast<double>(max_) / kNanosPerMs; }

}  // namespace sluice::load
