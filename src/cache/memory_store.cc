#include "cache/memory_store.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "base/hmac.h"

namespace sluice::cache {

MemoryStore::MemoryStore(const TimeSource& time, MemoryStoreOptions options)
    : time_(time), options_(options), incarnation_(random_bytes(8)) {
    SLUICE_CHECK(options_.keys_max > 0);
}

StoreMillis MemoryStore::now() const {
    return std::chrono::floor<Millis>(time_.now().time_since_epoch()).count();
}

Instant MemoryStore::to_instant(StoreMillis time) const { return Instant{Millis{time}}; }

StoredValue MemoryStore::stored(const RecordedValue& value) const {
    StoredValue out;
    out.seq = value.seq;
    out.ticket = value.ticket;
    out.soft = to_instant(value.soft);
    out.hard = to_instant(value.hard);
    out.load = Millis{value.load_ms};
    out.null = value.null;
    out.payload = value.payload;
    return out;
}

KeyRecord& MemoryStore::record_of(const std::string& key) {
    if (records_.size() >= options_.keys_max && !records_.contains(key)) make_room();
    return records_[key];
}

// Like a server at its memory limit: any key may go, and a commit whose meta went is refused. A tenth
// at once, or every further key would look at all of them.
void MemoryStore::make_room() {
    const StoreMillis at = now();
    for (auto entry = records_.begin(); entry != records_.end();) {
        expire(entry->second, at);
        const bool gone = !entry->second.value && !entry->second.meta;
        entry = gone ? records_.erase(entry) : std::next(entry);
    }
    const std::size_t kept = options_.keys_max - options_.keys_max / 10 - 1;
    while (records_.size() > kept) records_.erase(records_.begin());
}

Task<Result<std::vector<std::optional<StoredValue>>>> MemoryStore::read(
    std::vector<std::string> keys, Deadline
) {
    std::vector<std::optional<StoredValue>> values;
    values.reserve(keys.size());
    const std::lock_guard lock(mutex_);
    for (const std::string& key : keys) {
        auto& value = values.emplace_back();
        const auto found = records_.find(key);
        if (found == records_.end()) continue;
        expire(found->second, now());
        if (found->second.value) value = stored(*found->second.value);
    }
    co_return values;
}

Acquired MemoryStore::acquire_one(AcquireRequest& request) {
    KeyRecord& record = record_of(request.key);
    const auto step =
        cache::acquire(record, request, incarnation_ + std::to_string(++generations_), now());
    Acquired acquired;
    acquired.verdict = step.verdict;
    acquired.wait = Millis{step.wait_ms};
    if (step.verdict == AcquireVerdict::kFresh) acquired.value = stored(*record.value);
    if (step.verdict != AcquireVerdict::kAcquired) return acquired;
    acquired.lease.key = std::move(request.key);
    acquired.lease.owner = std::move(request.owner);
    acquired.lease.generation = record.meta->generation;
    acquired.lease.ticket = step.ticket;
    acquired.lease.seq = record.meta->seq;
    return acquired;
}

Task<Result<std::vector<Acquired>>> MemoryStore::acquire(
    std::vector<AcquireRequest> requests, Deadline
) {
    std::vector<Acquired> all;
    all.reserve(requests.size());
    const std::lock_guard lock(mutex_);
    for (AcquireRequest& request : requests) all.push_back(acquire_one(request));
    co_return all;
}

Task<Result<std::vector<bool>>> MemoryStore::extend(
    std::vector<Lease> leases, Millis lease, Deadline
) {
    std::vector<bool> all;
    const std::lock_guard lock(mutex_);
    for (const Lease& each : leases) {
        all.push_back(cache::extend(record_of(each.key), each, lease, now()));
    }
    co_return all;
}

Task<Result<std::vector<Committed>>> MemoryStore::commit(
    std::vector<CommitRequest> requests, Deadline
) {
    std::vector<Committed> all;
    const std::lock_guard lock(mutex_);
    for (const CommitRequest& request : requests) {
        KeyRecord& record = record_of(request.lease.key);
        Committed& committed = all.emplace_back();
        committed.verdict = cache::commit(record, request, now());
        if (committed.verdict != CommitVerdict::kStored) continue;
        committed.soft = to_instant(record.value->soft);
        committed.hard = to_instant(record.value->hard);
        if (!options_.keep_values) record.value.reset();
    }
    co_return all;
}

Task<Result<Done>> MemoryStore::release(std::vector<ReleaseRequest> requests, Deadline) {
    const std::lock_guard lock(mutex_);
    for (const ReleaseRequest& request : requests) {
        cache::release(record_of(request.lease.key), request, now());
    }
    co_return Done{};
}

Task<Result<Done>> MemoryStore::invalidate(
    std::vector<std::string> keys, InvalidateMode mode, Deadline
) {
    {
        const std::lock_guard lock(mutex_);
        for (const std::string& key : keys) {
            const auto generation = incarnation_ + std::to_string(++generations_);
            cache::invalidate(record_of(key), mode, generation, now());
        }
    }
    const std::lock_guard lock(listeners_mutex_);
    for (const std::string& key : keys) {
        for (auto& [prefix, listener] : listeners_) {
            if (key.starts_with(prefix)) listener->invalidated(key);
        }
    }
    co_return Done{};
}

// In one process nothing gets lost on the way.
void MemoryStore::listen(std::string prefix, StoreListener& listener) {
    const std::lock_guard lock(listeners_mutex_);
    listeners_.emplace_back(std::move(prefix), &listener);
    listener.feed_alive(true);
}

void MemoryStore::unlisten(StoreListener& listener) {
    const std::lock_guard lock(listeners_mutex_);
    std::erase_if(listeners_, [&](const auto& entry) { return entry.second == &listener; });
}

void MemoryStore::lose_everything() {
    {
        const std::lock_guard lock(mutex_);
        records_.clear();
    }
    const std::lock_guard lock(listeners_mutex_);
    for (auto& [prefix, listener] : listeners_) listener->missed();
}

std::size_t MemoryStore::keys() const {
    const std::lock_guard lock(mutex_);
    return records_.size();
}

}  // namespace sluice::cache
