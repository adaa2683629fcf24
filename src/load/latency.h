#pragma once
// Latencies of one thread in log-linear buckets (base/log_linear.h): percentiles off by less than 1
// %, memory fixed.

#include <cstdint>
#include <vector>

#include "base/log_linear.h"

namespace sluice::load {

class LatencyHistogram {
public:
    void record(std::int64_t nanos);
    std::uint64_t count() const { return count_; }
    // The latency in ms that `share` (0..1) of the records do not exceed; 0 when there are none.
    double percentile_ms(double share) const;
    double max_ms() const;

private:
    std::vector<std::uint64_t> buckets_ = std::vector<std::uint64_t>(log_linear::kBuckets);
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace sluice::load
