#pragma once
// GuardedStore: the store behind its breaker, with the limits of time that a reader can bear. Every
// refusal of the breaker is kUnavailable without any I/O. Thread-safe.

#include <atomic>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cache/breaker.h"
#include "cache/context.h"

namespace sluice::cache {

class GuardedStore {
public:
    GuardedStore(Store& store, const Context& context, const ContextOptions& options);

    Task<Result<std::vector<std::optional<StoredValue>>>> read(std::vector<std::string> keys);
    // For whoever has nothing else left to ask: waits as long as a write does.
    Task<Result<std::vector<std::optional<StoredValue>>>> read_patiently(std::vector<std::string> keys);
    Task<Result<std::vector<Acquired>>> acquire(std::vector<AcquireRequest> requests);
    Task<Result<std::vector<bool>>> extend(std::vector<Lease> leases, Millis lease);
    Task<Result<std::vector<Committed>>> commit(std::vector<CommitRequest> requests);
    Task<Result<Done>> release(std::vector<ReleaseRequest> requests);
    Task<Result<Done>> invalidate(
        std::vector<std::string> keys, InvalidateMode mode, Deadline deadline
    );

    Millis read_max() const { return read_max_; }
    // The breaker is closed.
    bool up() const { return up_.load(std::memory_order_relaxed); }
    std::uint64_t opened() const;

private:
    Result<Breaker::Pass> allow();
    void report(Breaker::Pass pass, const Error* error);  // nullptr: it answered

    Store& store_;
    const Context& context_;
    const Millis read_max_;
    const Millis write_max_;
    std::atomic<bool> up_{true};
    mutable std::mutex mutex_;
    Breaker breaker_;  // guarded by mutex_
};

// True when the error is the store's own trouble, not a question it rejected.
bool is_store_trouble(const Error& error);
// The refusal of the breaker, which is not a failed call.
bool is_breaker_open(const Error& error);

}  // namespace sluice::cache
