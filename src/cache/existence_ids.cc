#include "cache/existence_ids.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace sluice::cache {
namespace {

std::size_t slots_for(std::size_t capacity) {
    return std::bit_ceil(2 * std::max<std::size_t>(capacity, 1));
}

}  // namespace

RecentIds::RecentIds(std::size_t capacity)
    : capacity_(std::max<std::size_t>(capacity, 1)),
      mask_(slots_for(capacity) - 1),
      shift_(64 - static_cast<unsigned>(std::bit_width(mask_))),
      slots_(std::make_unique<std::atomic<std::uint64_t>[]>(mask_ + 1)) {}

void RecentIds::insert(std::uint64_t id) {
    SLUICE_CHECK(id != 0);
    std::size_t at = start(id);
    for (;; at = (at + 1) & mask_) {
        const std::uint64_t found = slots_[at].load(std::memory_order_relaxed);
        if (found == id) return;
        if (found == 0) break;
    }
    SLUICE_CHECK(!full());
    slots_[at].store(id, std::memory_order_release);
    ++size_;
}

void RecentIds::insert_all(const RecentIds& other) {
    for (std::size_t at = 0; at <= other.mask_; ++at) {
        const std::uint64_t id = other.slots_[at].load(std::memory_order_relaxed);
        if (id != 0) insert(id);
    }
}

}  // namespace sluice::cache
