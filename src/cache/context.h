#pragma once
// Context: what all caches of a process share: the store with its breaker, and the bulkhead, so
// that at most K loads of this process are in the database whatever happens. Thread-safe. Outlives
// its caches.

#include <cstdint>
#include <memory>
#include <string>

#include "cache/options.h"
#include "cache/stats.h"
#include "cache/store.h"
#include "cache/time_source.h"

namespace sluice::cache {

class Bulkhead;
class GuardedStore;

class Context {
public:
    // `store` and `time` outlive the context.
    Context(Store& store, TimeSource& time, ContextOptions options = {});
    // Over another store, with `other`'s bulkhead: the loads of both together are never more than K.
    // Of the options loads_max and load_queue_max do not count.
    Context(Store& store, const Context& other, ContextOptions options = {});
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    TimeSource& time() const { return time_; }
    Store& raw_store() const { return store_; }
    GuardedStore& store() const { return *guarded_; }
    Bulkhead& bulkhead() const { return *bulkhead_; }
    ContextStats stats() const;

    std::uint64_t random() const;  // jitter, elections
    std::string unique() const;    // never given before, by anybody

private:
    struct Chance;

    Context(Store& store, TimeSource& time, const ContextOptions& options, std::shared_ptr<Bulkhead> bulkhead);

    Store& store_;
    TimeSource& time_;
    std::unique_ptr<Chance> chance_;
    std::unique_ptr<GuardedStore> guarded_;
    std::shared_ptr<Bulkhead> bulkhead_;  // shared with the contexts made from this one
};

}  // namespace sluice::cache
