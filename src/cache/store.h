#pragma once
// Store: the second level (L2), shared by every process: per key a value and, beside it, who
// rebuilds it (docs of the protocol: README.md). MemoryStore and adapters/redis/cache_store.h
// implement it and pass the same contract suite.
//
// Each call is one atomic step per key; several keys in one call are one round trip and no
// transaction. All instances are thread-safe, and coroutines resume on the executor that called.
// Times of the store's own clock never leave it: every Instant here is one of this node, mapped so
// that it is never later than what the store means. Failure: kUnavailable, kOverloaded (certainly
// nothing happened), kOutcomeUnknown. Every call may be repeated.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "base/time.h"

namespace sluice::cache {

struct StoredValue {
    std::uint64_t seq = 0;     // how often the key had been invalidated
    std::uint64_t ticket = 0;  // of the load that it came from; larger = began later
    Instant soft;              // fresh before
    Instant hard;              // not to be served from here on
    Millis load{0};            // what loading it took
    bool null = false;         // the database has no such thing; no payload
    std::string payload;
};

// The right to rebuild a key for a while. What a commit needs of it is the generation and the
// ticket.
struct Lease {
    std::string key;
    std::string owner;
    std::string generation;  // nonce; every invalidation replaces it
    std::uint64_t ticket = 0;
    std::uint64_t seq = 0;
};

struct AcquireRequest {
    std::string key;
    std::string owner;              // unique for each try; the same one again gets its lease again
    std::uint64_t seen_ticket = 0;  // of the value the caller wants replaced; 0: it knows of none
    Millis lease{0};
    Millis load_max{0};  // how long a commit may still come
};

enum class AcquireVerdict : std::uint8_t {
    kAcquired,
    kFresh,       // somebody was faster: here is the value
    kBusy,        // somebody else has the lease
    kBackingOff,  // a load failed lately
};

struct Acquired {
    AcquireVerdict verdict = AcquireVerdict::kBusy;
    Lease lease;                       // kAcquired
    std::optional<StoredValue> value;  // nullopt iff not kFresh
    Millis wait{0};                    // kBusy, kBackingOff: until asking again may help
};

struct CommitRequest {
    Lease lease;
    Millis soft_ttl{0};  // already spread
    Millis grace{0};     // hard = soft + grace
    Millis load{0};
    bool null = false;
    std::string payload;
};

enum class CommitVerdict : std::uint8_t { kStored, kGenerationChanged, kTicketOlder, kMetaMissing };

struct Committed {
    CommitVerdict verdict = CommitVerdict::kMetaMissing;
    Instant soft;  // kStored
    Instant hard;
};

struct ReleaseRequest {
    Lease lease;
    bool failed = false;      // the load failed: nobody tries again before the backoff
    Millis backoff_first{0};  // doubles with every failure in a row
    Millis backoff_max{0};
};

enum class InvalidateMode : std::uint8_t {
    kDelete,  // nobody sees the old value again
    kExpire,  // it is stale at once, and served until it is replaced or hard; NULLs go
};

// What the store's feed of invalidations says. Called on any thread; quick, and without calling the
// store.
class StoreListener {
public:
    virtual ~StoreListener() = default;
    virtual void invalidated(std::string_view key) = 0;
    virtual void missed() = 0;  // perhaps invalidations: forget everything
    // False: silent for too long, so invalidations may come late. Starts false.
    virtual void feed_alive(bool alive) = 0;
};

class Store {
public:
    virtual ~Store() = default;

    // By index of keys; nullopt: nothing before hard. One MGET.
    virtual Task<Result<std::vector<std::optional<StoredValue>>>> read(
        std::vector<std::string> keys, Deadline deadline
    ) = 0;
    virtual Task<Result<std::vector<Acquired>>> acquire(
        std::vector<AcquireRequest> requests, Deadline deadline
    ) = 0;
    // The heartbeat: true for a lease that is still this owner's, and now for `lease` longer.
    virtual Task<Result<std::vector<bool>>> extend(
        std::vector<Lease> leases, Millis lease, Deadline deadline
    ) = 0;
    // Stored iff the generation is still the acquired one and no newer ticket is there. Nobody need
    // own the lease.
    virtual Task<Result<std::vector<Committed>>> commit(
        std::vector<CommitRequest> requests, Deadline deadline
    ) = 0;
    virtual Task<Result<Done>> release(std::vector<ReleaseRequest> requests, Deadline deadline) = 0;
    // New generation, no lease, no value, seq + 1, then tells every listener. Idempotent: repeat it
    // until it is ok.
    virtual Task<Result<Done>> invalidate(
        std::vector<std::string> keys, InvalidateMode mode, Deadline deadline
    ) = 0;

    // Told of every key that starts with `prefix`. The listener outlives the store or its
    // unlisten().
    virtual void listen(std::string prefix, StoreListener& listener) = 0;
    virtual void unlisten(StoreListener& listener) = 0;
};

}  // namespace sluice::cache
