#include "runtime/histogram.h"

#include <algorithm>
#include <cmath>

namespace sluice {

AtomicHistogram::AtomicHistogram() : buckets_(std::make_unique<Buckets>()) {}

void AtomicHistogram::record(std::uint64_t value) {
    (*buckets_)[log_linear::bucket_of(value)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
    count_.fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t AtomicHistogram::percentile(double share) const {
    std::uint64_t total = 0;
    for (const auto& bucket : *buckets_) total += bucket.load(std::memory_order_relaxed);
    if (total == 0) return 0;
    const double exact = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(total));
    const std::uint64_t rank =
        std::clamp<std::uint64_t>(static_cast<std::uint64_t>(exact), 1, total);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_->size(); ++i) {
        seen += (*buckets_)[i].load(std::memory_order_relaxed);
        if (seen >= rank) return log_linear::upper_bound(i);
    }
    return log_linear::upper_bound(buckets_->size() - 1);
}

std::uint64_t AtomicHistogram::count_up_to(std::uint64_t bound) const {
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_->size() && log_linear::upper_bound(i) <= bound; ++i) {
        seen += (*buckets_)[i].load(std::memory_order_relaxed);
    }
    return seen;
}

}  // namespace sluice
