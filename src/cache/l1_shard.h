#pragma once
// L1Shard: one part of the first level: a hash table over nodes in slabs, evicted by S3-FIFO (Yang
// et al.: "FIFO queues are all you need for cache eviction", SOSP 2023): a new key enters a small
// queue, and stays beyond it only if it is read there or was evicted lately; so a scan of cold keys
// passes through without pushing out what is read.
//
// Guarded by its own mutex. An invalidation also raises the epoch of its slot, and what was read
// from the store before that is not taken in any more.

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "cache/entry.h"
#include "cache/spin_lock.h"
#include "cache/value.h"

namespace sluice::cache {

struct L1Item {
    AnyValue value;  // nullptr: known not to exist
    Instant soft;
    Instant hard;
    Millis load{0};
    std::uint64_t ticket = 0;
    bool null = false;
};

struct L1Stats {
    std::uint64_t entries = 0;
    std::uint64_t nodes = 0;  // with those of entries that are gone and not yet swept
    std::uint64_t bytes = 0;
    std::uint64_t fresh = 0;  // answers
    std::uint64_t null = 0;
    std::uint64_t rejected = 0;  // fills that an invalidation overtook
};

class L1Shard {
public:
    using Token = std::uint64_t;  // an epoch as of before reading the store

    // What an entry costs beside its key and value, in bytes: node, bucket, ghost, the head of the
    // value and its allocation.
    static constexpr std::size_t kOverhead = 64;

    // `type`: of all values.
    L1Shard(const ValueType& type, std::size_t bytes_max) : type_(type), bytes_max_(bytes_max) {}
    ~L1Shard() { flush(); }
    L1Shard(const L1Shard&) = delete;
    L1Shard& operator=(const L1Shard&) = delete;

    // `hash` is the key's hash_text() everywhere.
    // kFresh and kNull are counted as answers.
    EntryState find(std::string_view key, std::uint64_t hash, Instant now, L1Item& item);
    // Whether this very value, which it has given, is there still.
    bool holds(std::string_view key, std::uint64_t hash, const AnyValue& value);
    Token token(std::uint64_t hash) const;
    // False: overtaken by an invalidation. Replaces what is there. Something too large (a tenth of
    // the shard, 16 MiB, a key of 4 KiB) is not kept, nor is what it would have replaced.
    bool put(std::string_view key, std::uint64_t hash, Token token, const L1Item& item);
    void invalidate(std::string_view key, std::uint64_t hash);
    void flush();
    void add_to(L1Stats& stats) const;

private:
    using Index = std::uint32_t;
    static constexpr Index kNone = 0xffffffff;
    static constexpr std::size_t kSlots = 64;
    static constexpr std::size_t kSlab = 256;  // nodes

    // Widths of a node's fields, and the greatest numbers in them.
    static constexpr unsigned kHardBits = 40;  // 34 years
    static constexpr unsigned kLoadBits = 16;
    static constexpr unsigned kFreqBits = 2;
    static constexpr unsigned kTagBits = 4;
    static constexpr std::uint64_t kHardMax = (1ULL << kHardBits) - 1;
    static constexpr std::uint64_t kLoadMax = (1ULL << kLoadBits) - 1;
    static constexpr std::uint64_t kFreqMax = (1ULL << kFreqBits) - 1;
    static constexpr std::uint64_t kTagMax = (1ULL << kTagBits) - 1;
    // Half a line of the processor's cache. A hit touches bucket, node and block only; the tag
    // keeps it from the blocks of other keys.
    struct alignas(32) Node {
        ValueBlock* block = nullptr;  // the node is one of its holders; nullptr: taken from the
                                      // table and not yet from its queue, or free
        std::uint64_t hard_ms : kHardBits = 0;  // since the epoch of Instant, rounded down
        std::uint64_t load_ms : kLoadBits = 0;  // kLoadMax: that or longer
        std::uint64_t freq : kFreqBits = 0;
        std::uint64_t tag : kTagBits = 0;  // some bits of the hash
        bool null : 1 = false;
        bool main : 1 = false;
        std::uint32_t soft_before_hard_ms = 0;
        std::uint32_t ticket = 0;  // its low half: only compared
        Index next_in_bucket = kNone;
        Index next_in_queue = kNone;
    };
    static_assert(sizeof(Node) == 32);

    struct Queue {
        Index head = kNone;
        Index tail = kNone;
    };

    Node& at(Index index) { return slabs_[index / kSlab][index % kSlab]; }
    const ValueType& type_of(const Node& node) const { return node.null ? kNoValue : type_; }
    std::string_view key_of(const Node& node) const { return type_of(node).key_of(node.block); }
    static std::size_t bytes_of(const ValueBlock& block) {
        return block.units * ValueBlock::kUnit + block.key_size + kOverhead;
    }
    static std::uint64_t tag_of(std::uint64_t hash) { return (hash >> 32U) & kTagMax; }
    Index lookup(std::string_view key, std::uint64_t hash);
    Index allocate();
    void set(Node& node, const L1Item& item, ValueBlock* block);
    void unset(Node& node);  // its value goes
    void insert(std::uint64_t hash, const L1Item& item, ValueBlock* block);
    void push(Queue& queue, Index index);
    Index pop(Queue& queue);
    void link(Index index, std::uint64_t hash);
    void detach(Index index, std::uint64_t hash);  // from the table
    void evict();
    void evict_small();
    void evict_main();
    void sweep(Queue& queue);
    void grow();

    struct Counts {  // see L1Stats
        std::uint64_t fresh = 0;
        std::uint64_t null = 0;
        std::uint64_t rejected = 0;
    };

    // What every hit reads or writes, in one line of the processor's cache. The lock guards all
    // that is not const.
    alignas(64) mutable SpinLock lock_;
    Counts counted_;
    const ValueType& type_;
    std::vector<std::unique_ptr<Node[]>> slabs_;
    std::vector<Index> buckets_;  // a power of two, or empty
    std::vector<std::uint16_t>
        ghosts_;  // of keys that left the small queue; half as many as buckets
    std::vector<Index> free_;
    std::array<std::uint64_t, kSlots> epochs_{};
    std::vector<AnyValue> dropped_;  // destroyed after the lock is released
    Queue small_;
    Queue main_;
    Index used_ = 0;  // nodes of slabs_ that were ever used
    std::size_t small_bytes_ = 0;
    std::size_t bytes_ = 0;
    std::size_t entries_ = 0;
    std::size_t dead_ = 0;
    const std::size_t bytes_max_;
};

}  // namespace sluice::cache
