#pragma once
// L1: the first level, in this process: bounded by bytes, scan-resistant, in shards so that threads
// seldom meet. Thread-safe. What it may answer with, and when it must not be believed, is the
// engine's business.

#include <memory>
#include <string_view>
#include <vector>

#include "cache/hash.h"
#include "cache/l1_shard.h"

namespace sluice::cache {

class L1 {
public:
    L1(const ValueType& type, std::size_t bytes_max) {  // 0: keeps nothing
        std::size_t shards = 1;
        while (shards < kShardsMax && bytes_max / (shards * 2) >= kShardBytesMin) shards *= 2;
        for (std::size_t i = 0; i < shards; ++i) {
            shards_.push_back(std::make_unique<L1Shard>(type, bytes_max / shards));
        }
    }

    EntryState find(std::string_view key, std::uint64_t hash, Instant now, L1Item& item) {
        return shard(hash).find(key, hash, now, item);
    }
    bool holds(std::string_view key, std::uint64_t hash, const AnyValue& value) {
        return shard(hash).holds(key, hash, value);
    }
    L1Shard::Token token(std::uint64_t hash) { return shard(hash).token(hash); }
    bool put(std::string_view key, std::uint64_t hash, L1Shard::Token token, const L1Item& item) {
        return shard(hash).put(key, hash, token, item);
    }
    void invalidate(std::string_view key, std::uint64_t hash) { shard(hash).invalidate(key, hash); }
    void flush() {
        for (auto& each : shards_) each->flush();
    }
    L1Stats stats() const {
        L1Stats stats;
        for (const auto& each : shards_) each->add_to(stats);
        return stats;
    }

private:
    static constexpr std::size_t kShardsMax = 16;
    static constexpr std::size_t kShardBytesMin = 1U << 20U;

    // Bits that neither the table (low ones) nor the epochs (top ones) use much.
    L1Shard& shard(std::uint64_t hash) { return *shards_[(hash >> 40U) & (shards_.size() - 1)]; }

    std::vector<std::unique_ptr<L1Shard>> shards_;  // a power of two
};

}  // namespace sluice::cache
