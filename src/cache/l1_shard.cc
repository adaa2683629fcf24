#include "cache/l1_shard.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <mutex>

#include "base/check.h"
#include "cache/hash.h"

namespace sluice::cache {
namespace {

constexpr std::size_t kSlotOf = 58;  // the top bits: the table uses the low ones
constexpr std::size_t kBucketsFirst = 64;
constexpr std::size_t kSmallPart = 10;  // the small queue has a tenth
constexpr unsigned kGhostOf = 44;       // bits that choose neither bucket nor shard

std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

std::uint16_t ghost_of(std::uint64_t hash) {  // never 0, which is no ghost
    return static_cast<std::uint16_t>(hash >> kGhostOf) | 1U;
}

std::uint64_t clamp_ms(Millis time, std::uint64_t max) {
    return std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)), max);
}

}  // namespace

L1Shard::Index L1Shard::lookup(std::string_view key, std::uint64_t hash) {
    if (buckets_.empty()) return kNone;
    Index index = buckets_[hash & (buckets_.size() - 1)];
    while (index != kNone) {
        const Node& node = at(index);
        if (node.tag == tag_of(hash) && key_of(node) == key) return index;
        index = node.next_in_bucket;
    }
    return kNone;
}

EntryState L1Shard::find(std::string_view key, std::uint64_t hash, Instant now, L1Item& item) {
    const std::lock_guard lock(lock_);
    const Index index = lookup(key, hash);
    if (index == kNone) return EntryState::kAbsent;
    Node& node = at(index);
    const Instant hard{Millis{node.hard_ms}};
    const Instant soft = hard - Millis{node.soft_before_hard_ms};
    const EntryState state = state_of(soft, hard, node.null, now);
    if (state == EntryState::kAbsent) return state;
    item.soft = soft;
    item.hard = hard;
    item.load = Millis{node.load_ms};
    item.ticket = node.ticket;
    item.null = node.null;
    item.value = node.null ? nullptr : AnyValue::share(type_, node.block);
    // Last: a read of a word of which some bits have just been written has to wait.
    if (node.freq < kFreqMax) node.freq = (node.freq + 1U) & kFreqMax;
    counted_.fresh += state == EntryState::kFresh ? 1 : 0;
    counted_.null += state == EntryState::kNull ? 1 : 0;
    return state;
}

bool L1Shard::holds(std::string_view key, std::uint64_t hash, const AnyValue& value) {
    const std::lock_guard lock(lock_);
    const Index index = lookup(key, hash);
    return index != kNone && at(index).block == &value.block();
}

L1Shard::Token L1Shard::token(std::uint64_t hash) const {
    const std::lock_guard lock(lock_);
    return epochs_[hash >> kSlotOf];
}

void L1Shard::set(Node& node, const L1Item& item, ValueBlock* block) {
    const auto hard = std::chrono::floor<Millis>(item.hard.time_since_epoch());
    const auto grace = std::chrono::ceil<Millis>(item.hard - item.soft);
    node.hard_ms = clamp_ms(hard, kHardMax) & kHardMax;
    node.soft_before_hard_ms = low(clamp_ms(grace, std::numeric_limits<std::uint32_t>::max()));
    node.block = block;
    node.load_ms = clamp_ms(item.load, kLoadMax) & kLoadMax;
    node.ticket = low(item.ticket);
    node.null = item.null;
    bytes_ += bytes_of(*block);
    if (!node.main) small_bytes_ += bytes_of(*block);
}

void L1Shard::unset(Node& node) {
    bytes_ -= bytes_of(*node.block);
    if (!node.main) small_bytes_ -= bytes_of(*node.block);
    dropped_.emplace_back(type_of(node), std::exchange(node.block, nullptr));
}

bool L1Shard::put(std::string_view key, std::uint64_t hash, Token token, const L1Item& item) {
    AnyValue value = item.null ? AnyValue(kNoValue, kNoValue.allocate(key, 0)) : item.value;
    std::vector<AnyValue> dropped;
    const std::lock_guard lock(lock_);
    if (epochs_[hash >> kSlotOf] != token) {
        ++counted_.rejected;
        return false;
    }
    const bool fits = key.size() <= ValueBlock::kKeyMax &&
                      value.block().units < ValueBlock::kUnitsMax &&
                      bytes_of(value.block()) <= bytes_max_ / kSmallPart;
    SLUICE_CHECK(!fits || (item.null ? kNoValue : type_).key_of(&value.block()) == key);
    const Index there = lookup(key, hash);
    if (there != kNone && !fits) {
        detach(there, hash);
    } else if (there != kNone) {
        unset(at(there));
        set(at(there), item, value.release());
    } else if (fits) {
        insert(hash, item, value.release());
    }
    evict();
    dropped.swap(dropped_);
    return true;
}

void L1Shard::insert(std::uint64_t hash, const L1Item& item, ValueBlock* block) {
    if (entries_ >= buckets_.size()) grow();
    const Index index = allocate();
    Node& node = at(index);
    node.freq = 0;
    std::uint16_t& ghost = ghosts_[hash & (ghosts_.size() - 1)];
    node.main = ghost == ghost_of(hash);
    if (node.main) ghost = 0;
    set(node, item, block);
    link(index, hash);
    push(node.main ? main_ : small_, index);
    ++entries_;
}

void L1Shard::link(Index index, std::uint64_t hash) {
    at(index).tag = tag_of(hash) & kTagMax;
    at(index).next_in_bucket = std::exchange(buckets_[hash & (buckets_.size() - 1)], index);
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
void L1Shard::detach(Index index, std::uint64_t hash) {
    Node& node = at(index);
    Index* link = &buckets_[hash & (buckets_.size() - 1)];
    while (*link != index) link = &at(*link).next_in_bucket;
    *link = node.next_in_bucket;
    unset(node);
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
    if (node.block != nullptr && node.freq > 0) {  // it was read here: it may stay
        node.freq = 0;
        node.main = true;
        small_bytes_ -= bytes_of(*node.block);
        return push(main_, index);
    }
    if (node.block != nullptr) {
        const std::uint64_t hash = hash_text(key_of(node));
        ghosts_[hash & (ghosts_.size() - 1)] = ghost_of(hash);
        detach(index, hash);
    }
    --dead_;
    free_.push_back(index);
}

void L1Shard::evict_main() {
    const Index index = pop(main_);
    if (index == kNone) return;
    Node& node = at(index);
    if (node.block != nullptr && node.freq > 0) {
        node.freq = (node.freq - 1U) & kFreqMax;
        return push(main_, index);
    }
    if (node.block != nullptr) detach(index, hash_text(key_of(node)));
    --dead_;
    free_.push_back(index);
}

void L1Shard::invalidate(std::string_view key, std::uint64_t hash) {
    std::vector<AnyValue> dropped;
    const std::lock_guard lock(lock_);
    ++epochs_[hash >> kSlotOf];
    const Index index = lookup(key, hash);
    if (index != kNone) detach(index, hash);
    if (dead_ > entries_ + kSlab) {  // otherwise only evictions would find them
        sweep(small_);
        sweep(main_);
    }
    dropped.swap(dropped_);
}

void L1Shard::sweep(Queue& queue) {
    Queue kept;
    for (Index index = pop(queue); index != kNone; index = pop(queue)) {
        if (at(index).block != nullptr) {
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
    const std::lock_guard lock(lock_);
    for (auto& epoch : epochs_) ++epoch;
    dropped.reserve(entries_);
    for (Index index = 0; index < used_; ++index) {
        Node& node = at(index);
        if (node.block != nullptr) dropped.emplace_back(type_of(node), node.block);
    }
    slabs.swap(slabs_);
    free_.clear();
    std::fill(buckets_.begin(), buckets_.end(), kNone);
    small_ = main_ = Queue{};
    used_ = 0;
    small_bytes_ = bytes_ = entries_ = dead_ = 0;
}

// Every block has to be fetched for its key: a few ahead, because they lie anywhere.
void L1Shard::grow() {
    constexpr Index kAhead = 8;
    const std::size_t size = std::max(buckets_.size() * 2, kBucketsFirst);
    buckets_.assign(size, kNone);
    ghosts_.assign(size / 2, 0);
    for (Index index = 0; index < used_; ++index) {
        if (index + kAhead < used_) __builtin_prefetch(at(index + kAhead).block);
        const Node& node = at(index);
        if (node.block != nullptr) link(index, hash_text(key_of(node)));
    }
}

void L1Shard::add_to(L1Stats& stats) const {
    const std::lock_guard lock(lock_);
    stats.entries += entries_;
    stats.nodes += entries_ + dead_;
    stats.bytes += bytes_;
    stats.fresh += counted_.fresh;
    stats.null += counted_.null;
    stats.rejected += counted_.rejected;
}

}  // namespace sluice::cache
