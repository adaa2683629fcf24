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
#include <mutex>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "cache/entry.h"
#include "cache/erased.h"

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

    // What an entry costs beside its key and value: node, bucket, ghost, control block and
    // allocation of the value.
    static constexpr std::size_t kOverhead = 104;

    explicit L1Shard(std::size_t bytes_max) : bytes_max_(bytes_max) {}
    ~L1Shard() { free_keys(); }
    L1Shard(const L1Shard&) = delete;
    L1Shard& operator=(const L1Shard&) = delete;

    // kFresh and kNull are counted as answers.
    EntryState find(std::string_view key, std::uint64_t hash, Instant now, L1Item& item);
    Token token(std::uint64_t hash) const;
    // False: overtaken by an invalidation. Replaces what is there. Something too large (a tenth of the
    // shard, 16 MiB, a key of 4 KiB) is not kept, nor is what it would have replaced.
    bool put(
        std::string_view key, std::uint64_t hash, Token token, const L1Item& item,
        std::size_t value_bytes
    );
    void invalidate(std::string_view key, std::uint64_t hash);
    void flush();
    void add_to(L1Stats& stats) const;

private:
    using Index = std::uint32_t;
    static constexpr Index kNone = 0xffffffff;
    static constexpr std::size_t kSlots = 64;
    static constexpr std::size_t kSlab = 1'024;  // nodes
    static constexpr std::size_t kNear = 16;
    static constexpr std::size_t kUnit = 16;  // of weights, in bytes

    // Widths of a node's fields, and the greatest numbers in them.
    static constexpr unsigned kHardBits = 40;  // 34 years
    static constexpr unsigned kLoadBits = 16;
    static constexpr unsigned kFreqBits = 2;
    static constexpr unsigned kWeightBits = 20;  // 16 MiB
    static constexpr unsigned kKeyBits = 12;
    static constexpr std::uint64_t kHardMax = (1ULL << kHardBits) - 1;
    static constexpr std::uint64_t kLoadMax = (1ULL << kLoadBits) - 1;
    static constexpr std::uint32_t kFreqMax = (1U << kFreqBits) - 1;
    static constexpr std::size_t kWeightMax = (1U << kWeightBits) - 1;
    static constexpr std::size_t kKeyMax = (1U << kKeyBits) - 1;
    // One line of the processor's cache. A key of up to kNear bytes lies in the node itself, so a hit
    // touches bucket, node and value only.
    struct alignas(64) Node {
        Index next_in_bucket = kNone;
        std::uint32_t hash = 0;
        std::array<char, kNear> near{};  // the key, or where it is
        AnyValue value;
        std::uint64_t hard_ms : kHardBits = 0;  // since the epoch of Instant, rounded down
        std::uint64_t load_ms : kLoadBits = 0;  // kLoadMax: that or longer
        std::uint8_t freq : kFreqBits = 0;
        bool null : 1 = false;
        bool main : 1 = false;
        bool live : 1 = false;  // false: taken from the table and not yet from its queue, or free
        std::uint32_t soft_before_hard_ms = 0;
        std::uint32_t ticket = 0;  // its low half: only compared
        Index next_in_queue = kNone;
        std::uint32_t weight : kWeightBits = 0;  // in kUnits
        std::uint32_t key_size : kKeyBits = 0;

        std::string_view key() const;
        std::size_t bytes() const { return weight * kUnit; }
        void set_key(std::string_view key);
        void free_key();
    };
    static_assert(sizeof(Node) == 64);

    struct Queue {
        Index head = kNone;
        Index tail = kNone;
    };

    Node& at(Index index) { return slabs_[index / kSlab][index % kSlab]; }
    Index lookup(std::string_view key, std::uint64_t hash);
    Index allocate();
    void set(Node& node, const L1Item& item, std::size_t units);
    void insert(std::string_view key, std::uint64_t hash, const L1Item& item, std::size_t units);
    void push(Queue& queue, Index index);
    Index pop(Queue& queue);
    void detach(Index index);  // from the table; its value goes
    void evict();
    void evict_small();
    void evict_main();
    void sweep(Queue& queue);
    void free_keys();
    void grow();

    const std::size_t bytes_max_;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<Node[]>> slabs_;  // guarded by mutex_, like the rest
    std::vector<Index> free_;
    std::vector<Index> buckets_;  // a power of two, or empty
    std::vector<std::uint32_t>
        ghosts_;  // hashes of keys that left the small queue; as many as buckets
    std::array<std::uint64_t, kSlots> epochs_{};
    std::vector<AnyValue> dropped_;  // destroyed after the lock is released
    Queue small_;
    Queue main_;
    Index used_ = 0;  // nodes of slabs_ that were ever used
    std::size_t small_bytes_ = 0;
    std::size_t bytes_ = 0;
    std::size_t entries_ = 0;
    std::size_t dead_ = 0;
    L1Stats counted_;
};

}  // namespace sluice::cache
