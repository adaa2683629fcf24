#pragma once
// FailureCounts: how often in a row the loads of a key have failed, in a fixed memory: keys that share a slot share their
// count. Thread-safe; nothing but a pause is decided by it.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sluice::cache {

class FailureCounts {
public:
    // This failure counted.
    int failed(std::uint64_t hash) {
        auto& count = of(hash);
        const int failures = std::min(count.load(std::memory_order_relaxed) + 1, kCountMax);
        count.store(failures, std::memory_order_relaxed);
        return failures;
    }
    void succeeded(std::uint64_t hash) { of(hash).store(0, std::memory_order_relaxed); }

private:
    static constexpr std::size_t kSlots = 4'096;
    static constexpr int kCountMax = 32;

    std::atomic<int>& of(std::uint64_t hash) { return counts_[(hash >> 20U) % kSlots]; }

    std::array<std::atomic<int>, kSlots> counts_{};
};

}  // namespace sluice::cache
