#pragma once
// KeyRecord: one key of a store: its value and who may rebuild it, and the five steps that change
// them. Pure: the store's own time comes in as a number of milliseconds; lua/cache/*.lua do the
// same on Redis, and the contract suite compares.
//
// Why a late value cannot come back: a step that begins a load takes the generation's name; every
// invalidation gives the key a new one; a commit under another name, or when the name is gone, is
// refused. The lease decides only who *should* load, never whose value counts.

#include <cstdint>
#include <optional>
#include <string>

#include "cache/store.h"

namespace sluice::cache {

using StoreMillis = std::int64_t;  // of the store's clock

struct RecordedValue {
    std::uint64_t seq = 0;
    std::uint64_t ticket = 0;
    StoreMillis soft = 0;
    StoreMillis hard = 0;
    std::int64_t load_ms = 0;
    bool null = false;
    std::string payload;
};

struct RecordedMeta {
    std::string generation;
    std::uint64_t seq = 0;
    std::uint64_t ticket = 0;  // the last one given
    std::string owner;         // "": no lease
    StoreMillis lease_until = 0;
    StoreMillis not_before = 0;  // 0: no load has failed
    int failures = 0;            // in a row
    StoreMillis gone_at = 0;     // when the store forgets this
};

struct KeyRecord {
    std::optional<RecordedValue> value;
    std::optional<RecordedMeta> meta;
};

struct AcquireStep {
    AcquireVerdict verdict = AcquireVerdict::kBusy;
    std::uint64_t ticket = 0;  // kAcquired
    std::int64_t wait_ms = 0;  // kBusy, kBackingOff
};

// Meta outlives what it protects by this much: the slack of a commit under way.
inline constexpr std::int64_t kMetaSlackMs = 5'000;

// Forgets what is past its time; each step below does so first.
void expire(KeyRecord& record, StoreMillis now);
// `generation` is what a key without one gets.
AcquireStep acquire(
    KeyRecord& record, const AcquireRequest& request, const std::string& generation, StoreMillis now
);
bool extend(KeyRecord& record, const Lease& lease, Millis term, StoreMillis now);
CommitVerdict judge_commit(const KeyRecord& record, const Lease& lease);
CommitVerdict commit(KeyRecord& record, const CommitRequest& request, StoreMillis now);
void release(KeyRecord& record, const ReleaseRequest& request, StoreMillis now);
void invalidate(
    KeyRecord& record, InvalidateMode mode, const std::string& generation, StoreMillis now
);

// min(first · 2^(failures − 1), max).
std::int64_t backoff_ms(Millis first, Millis max, int failures);

}  // namespace sluice::cache
