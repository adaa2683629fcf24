#include "cache/l1_shard.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "cache/hash.h"

namespace sluice::cache {
namespace {

constexpr std::size_t kSlotOf = 58;  // the top bits: the table uses the low ones
constexpr std::size_t kBucketsFirst = 64;
constexpr std::size_t kSmallPart = 10;  // the small queue has a tenth

std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

std::uint64_t clamp_ms(Millis time, std::uint64_t max) {
    return std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)), max);
}

}  // namespace

std::string_view L1Shard::Node::key() const {
    const char* data = near.data();
    if (key_size > kNear) std::memcpy(&data, near.data(), sizeof data);
    return {data, key_size};
}

void L1Shard::Node::set_key(std::string_view key) {
    char* data = near.data();
    key_size = key.size() & kKeyMax;
    if (key.size() > kNear) {
        data = std::make_unique<char[]>(key.size()).release();  // free_key() takes it back
        std::memcpy(near.data(), &data, sizeof data);
    }
    std::memcpy(data, key.data(), key.size());
}

void L1Shard::Node::free_key() {
    if (key_size > kNear) {
        char* data = nullptr;
        std::memcpy(&data, near.data(), sizeof data);
        const std::unique_ptr<char[]> owned(data);
    }
    key_size = 0;
}

void L1Shard::free_keys() {
    for (Index index = 0; index < used_; ++index) at(index).free_key();
}

L1Shard::Index L1Shard::lookup(std::string_view key, std::uint64_t hash) {
    if (buckets_.empty()) return kNone;
    Index index = buckets_[hash & (buckets_.size() - 1)];
    while (index != kNone) {
        const Node& node = at(index);
        if (node.hash == low(hash)) {
            __builtin_prefetch(node.value.get());  // beside its reference count, which a hit raises
            if (node.key() == key) return index;
        }
        index = node.next_in_bucket;
    }
    return kNone;
}

EntryState L1Shard::find(std::string_view key, std::uint64_t hash, Instant now, L1Item& item) {
    const std::lock_guard lock(mutex_);
    const Index index = lookup(key, hash);
    if (index == kNone) return EntryState::kAbsent;
    Node& node = at(index);
    const Instant hard{Millis{node.hard_ms}};
    const Instant soft = hard - Millis{node.soft_before_hard_ms};
    const EntryState state = state_of(soft, hard, node.null, now);
    if (state == EntryState::kAbsent) return state;
    if (node.freq < kFreqMax) node.freq = (node.freq + 1U) & kFreqMax;
    item.value = node.value;
    item.soft = soft;
    item.hard = hard;
    item.load = Millis{node.load_ms};
    item.ticket = node.ticket;
    item.null = node.null;
    counted_.fresh += state == EntryState::kFresh ? 1 : 0;
    counted_.null += state == EntryState::kNull ? 1 : 0;
    return state;
}

L1Shard::Token L1Shard::token(std::uint64_t hash) const {
    const std::lock_guard lock(mutex_);
    return epochs_[hash >> kSlotOf];
}

void L1Shard::set(Node& node, const L1Item& item, std::size_t units) {
    const auto hard = std::chrono::floor<Millis>(item.hard.time_since_epoch());
    const auto grace = std::chrono::ceil<Millis>(item.hard - item.soft);
    node.hard_ms = clamp_ms(hard, kHardMax) & kHardMax;
    node.soft_before_hard_ms = low(clamp_ms(grace, std::numeric_limits<std::uint32_t>::max()));
    node.value = item.value;
    node.load_ms = clamp_ms(item.load, kLoadMax) & kLoadMax;
    node.ticket = low(item.ticket);
    node.null = item.null;
    node.weight = units & kWeightMax;
    bytes_ += node.bytes();
    if (!node.main) small_bytes_ += node.bytes();
}

bool L1Shard::put(
    std::string_view key, std::uint64_t hash, Token token, const L1Item& item,
    std::size_t value_bytes
) {
    const std::size_t units = (key.size() + value_bytes + kOverhead + kUnit - 1) / kUnit;
    std::vector<AnyValue> dropped;
    const std::lock_guard lock(mutex_);
    if (epochs_[hash >> kSlotOf] != token) {
        ++counted_.rejected;
        return false;
    }
    const bool fits = units * kUnit <= bytes_max_ / kSmallPart && units <= kWeightMax && key.size() <= kKeyMax;
    const Index there = lookup(key, hash);
    if (there != kNone && !fits) {
        detach(there);
    } else if (there != kNone) {
        Node& node = at(there);
        bytes_ -= node.bytes();
        if (!node.main) small_bytes_ -= node.bytes();
        dropped_.push_back(std::move(node.value));
        set(node, item, units);
    } else if (fits) {
        insert(key, hash, item, units);
    }
    evict();
    dropped.swap(dropped_);
    return true;
}

void L1Shard::insert(
    std::string_view key, std::uint64_t hash, const L1Item& item, std::size_t units
) {
    if (entries_ >= buckets_.size()) grow();
    const Index index = allocate();
    Node& node = at(index);
    node.hash = low(hash);
    node.set_key(key);
    node.live = true;
    node.freq = 0;
    std::uint32_t& ghost = ghosts_[hash & (ghosts_.size() - 1)];
    node.main = ghost == (low(hash >> 32U) | 1U);
    if (node.main) ghost = 0;
    set(node, item, units);
    Index& bucket = buckets_[hash & (buckets_.size() - 1)];
    node.next_in_bucket = std::exchange(bucket, index);
    push(node.main ? main_ : small_, index);
    ++entries_;
}

L1Shard::Index L1Shard::allocate() {
    if (!free_.empty()) {
        const Index index = free_.back();
        free_.pop_back();
        return index;
    }
    if (used_ % kSlab == 0) slabs_.push_back(std::make_unique<Node[]>(kSlab));
    return used_++;
}

void L1Shard::push(Queue& queue, Index index) {
    at(index).next_in_queue = kNone;
    if (queue.tail == kNone) {
        queue.head = index;
    } else {
        at(queue.tail).next_in_queue = index;
    }
    queue.tail = index;
}

L1Shard::Index L1Shard::pop(Queue& queue) {
    const Index index = queue.head;
    if (index == kNone) return kNone;
    queue.head = at(index).next_in_queue;
    if (queue.head == kNone) queue.tail = kNone;
    return index;
}

// The node stays in its queue until it is popped or swept.
void L1Shard::detach(Index index) {
    Node& node = at(index);
    Index* link = &buckets_[node.hash & (buckets_.size() - 1)];
    while (*link != index) link = &at(*link).next_in_bucket;
    *link = node.next_in_bucket;
    bytes_ -= node.bytes();
    if (!node.main) small_bytes_ -= node.bytes();
    dropped_.push_back(std::move(node.value));
    node.free_key();
    node.live = false;
    --entries_;
    ++dead_;
}

void L1Shard::evict() {
    while (bytes_ > bytes_max_ && entries_ > 0) {
        if (small_bytes_ > bytes_max_ / kSmallPart || main_.head == kNone) {
            evict_small();
        } else {
            evict_main();
        }
    }
}

void L1Shard::evict_small() {
    const Index index = pop(small_);
    if (index == kNone) return;
    Node& node = at(index);
    if (node.live && node.freq > 0) {  // it was read here: it may stay
        node.freq = 0;
        node.main = true;
        small_bytes_ -= node.bytes();
        return push(main_, index);
    }
    if (node.live) {
        // The table's low bits choose the ghost, as for the bucket; the remembered part is the
        // hash's other half, which the node does not keep: ask the key.
        const std::uint64_t hash = hash_text(node.key());
        ghosts_[hash & (ghosts_.size() - 1)] = low(hash >> 32U) | 1U;
        detach(index);
    }
    --dead_;
    free_.push_back(index);
}

void L1Shard::evict_main() {
    const Index index = pop(main_);
    if (index == kNone) return;
    Node& node = at(index);
    if (node.live && node.freq > 0) {
        node.freq = (node.freq - 1U) & kFreqMax;
        return push(main_, index);
    }
    if (node.live) detach(index);
    --dead_;
    free_.push_back(index);
}

void L1Shard::invalidate(std::string_view key, std::uint64_t hash) {
    std::vector<AnyValue> dropped;
    const std::lock_guard lock(mutex_);
    ++epochs_[hash >> kSlotOf];
    const Index index = lookup(key, hash);
    if (index != kNone) detach(index);
    if (dead_ > entries_ + kSlab) {  // otherwise only evictions would find them
        sweep(small_);
        sweep(main_);
    }
    dropped.swap(dropped_);
}

void L1Shard::sweep(Queue& queue) {
    Queue kept;
    for (Index index = pop(queue); index != kNone; index = pop(queue)) {
        if (at(index).live) {
            push(kept, index);
        } else {
            --dead_;
            free_.push_back(index);
        }
    }
    queue = kept;
}

void L1Shard::flush() {
    std::vector<AnyValue> dropped;
    std::vector<std::unique_ptr<Node[]>> slabs;
    const std::lock_guard lock(mutex_);
    for (auto& epoch : epochs_) ++epoch;
    free_keys();
    slabs.swap(slabs_);
    dropped.swap(dropped_);
    free_.clear();
    std::fill(buckets_.begin(), buckets_.end(), kNone);
    small_ = main_ = Queue{};
    used_ = 0;
    small_bytes_ = bytes_ = entries_ = dead_ = 0;
}

void L1Shard::grow() {
    std::vector<Index> old = std::move(buckets_);
    buckets_.assign(std::max(old.size() * 2, kBucketsFirst), kNone);
    ghosts_.assign(buckets_.size(), 0);
    for (Index index : old) {
        while (index != kNone) {
            Node& node = at(index);
            const Index next = node.next_in_bucket;
            node.next_in_bucket = std::exchange(buckets_[node.hash & (buckets_.size() - 1)], index);
            index = next;
        }
    }
}

void L1Shard::add_to(L1Stats& stats) const {
    const std::lock_guard lock(mutex_);
    stats.entries += entries_;
    stats.nodes += entries_ + dead_;
    stats.bytes += bytes_;
    stats.fresh += counted_.fresh;
    stats.null += counted_.null;
    stats.rejected += counted_.rejected;
}

}  // namespace sluice::cache
