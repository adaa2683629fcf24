#pragma once
// A histogram that many threads record into without waiting. Log-linear buckets
// (base/log_linear.h): percentiles are off by less than 1 %. Reading while others record gives some
// recent state.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/log_linear.h"

namespace sluice {

class AtomicHistogram {
public:
    AtomicHistogram();

    void record(std::uint64_t value);
    std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }
    std::uint64_t sum() const { return sum_.load(std::memory_order_relaxed); }
    // The value that `share` (0..1) of the records do not exceed; 0 when there are none.
    std::uint64_t percentile(double share) const;
    // Records in buckets that lie wholly at or below `bound`.
    std::uint64_t count_up_to(std::uint64_t bound) const;

private:
    using Buckets = std::array<std::atomic<std::uint64_t>, log_linear::kBuckets>;
    std::unique_ptr<Buckets> buckets_;
    std::atomic<std::uint64_t> count_{0};
    std::atomic<std::uint64_t> sum_{0};
};

}  // namespace sluice
