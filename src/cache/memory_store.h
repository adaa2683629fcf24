#pragma once
// MemoryStore: the second level in this process's memory: for tests, for one process alone, and for
// a simulation of several (one store, several caches). Each key follows key_record.h, which is also
// what the Redis scripts do. Thread-safe; its clock is the TimeSource. Bounded by a number of keys:
// what is past its time goes first, then whatever comes first.
//
// Without values it remembers who rebuilds and which load failed, and nothing that was loaded: the
// first level, which is bounded by bytes, is all there is. For one process, and for keys that
// strangers can make up.

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cache/key_record.h"
#include "cache/store.h"
#include "cache/time_source.h"

namespace sluice::cache {

struct MemoryStoreOptions {
    std::size_t keys_max = 1'000'000;
    bool keep_values = true;
};

class MemoryStore final : public Store {
public:
    explicit MemoryStore(const TimeSource& time, MemoryStoreOptions options = {});

    Task<Result<std::vector<std::optional<StoredValue>>>> read(
        std::vector<std::string> keys, Deadline deadline
    ) override;
    Task<Result<std::vector<Acquired>>> acquire(
        std::vector<AcquireRequest> requests, Deadline deadline
    ) override;
    Task<Result<std::vector<bool>>> extend(
        std::vector<Lease> leases, Millis lease, Deadline deadline
    ) override;
    Task<Result<std::vector<Committed>>> commit(
        std::vector<CommitRequest> requests, Deadline deadline
    ) override;
    Task<Result<Done>> release(std::vector<ReleaseRequest> requests, Deadline deadline) override;
    Task<Result<Done>> invalidate(
        std::vector<std::string> keys, InvalidateMode mode, Deadline deadline
    ) override;
    void listen(std::string prefix, StoreListener& listener) override;
    void unlisten(StoreListener& listener) override;

    void lose_everything(
    );  // as a server that restarts empty; listeners hear that they missed something
    std::size_t keys() const;

private:
    StoreMillis now() const;
    Instant to_instant(StoreMillis time) const;
    StoredValue stored(const RecordedValue& value) const;
    Acquired acquire_one(AcquireRequest& request);
    KeyRecord& record_of(const std::string& key);
    void make_room();

    const TimeSource& time_;
    const MemoryStoreOptions options_;
    const std::string incarnation_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, KeyRecord> records_;  // guarded by mutex_
    std::uint64_t generations_ = 0;                       // guarded by mutex_

    std::mutex listeners_mutex_;
    std::vector<std::pair<std::string, StoreListener*>> listeners_;  // guarded by listeners_mutex_
};

}  // namespace sluice::cache
