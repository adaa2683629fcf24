#pragma once
// RecentIds: an exact set of ids that only grows, up to a capacity fixed at construction. Any
// number of threads read while one writes; reading takes no lock. A full one is replaced by a
// larger copy, which is its owner's business.
//
// Open addressing, at most half full, with linear probing from a Fibonacci hash, for which the runs
// of neighbouring numbers that a database hands out are the best case. 0 marks a free slot: it is
// no id.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace sluice::cache {

class RecentIds {
public:
    explicit RecentIds(std::size_t capacity);

    bool contains(std::uint64_t id) const {
        for (std::size_t at = start(id);; at = (at + 1) & mask_) {
            const std::uint64_t found = slots_[at].load(std::memory_order_acquire);
            if (found == id) return found != 0;
            if (found == 0) return false;  // at least half are free, so the loop ends
        }
    }

    // One thread at a time. An id that is there already stays. CHECKs that there is room and that
    // the id is not 0.
    void insert(std::uint64_t id);
    void insert_all(const RecentIds& other);  // only while nobody writes the other one

    bool full() const { return size_ >= capacity_; }
    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    std::size_t bytes() const { return (mask_ + 1) * sizeof(std::uint64_t); }

private:
    std::size_t start(std::uint64_t id) const {
        return static_cast<std::size_t>((id * 0x9e3779b97f4a7c15ULL) >> shift_);
    }

    const std::size_t capacity_;
    const std::size_t mask_;  // slots - 1; a power of two and at least twice the capacity
    const unsigned shift_;
    const std::unique_ptr<std::atomic<std::uint64_t>[]> slots_;
    std::size_t size_ = 0;  // of the writer
};

}  // namespace sluice::cache
