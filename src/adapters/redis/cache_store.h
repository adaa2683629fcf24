#pragma once
// RedisCacheStore: the second level of the cache on a Redis server: the scripts of lua/cache/, each
// call one atomic step there, MGET for reads, and a channel for invalidations. Passes the same
// contract suite as cache::MemoryStore.
//
// Thread-safe. One pipelined connection for each of the executors that it is given: a coroutine of
// one of them uses that executor's connection without leaving it, any other hops to one of them and
// back. The first executor also has the subscription and the heartbeat. Constructed before the
// executors run or on one of them; stop() is awaited before they stop, and the store destroyed
// after. A killed, hung or empty server is an error of the calls (store.h); connections come back
// by themselves.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/connection.h"
#include "cache/store.h"

namespace sluice {

struct RedisCacheOptions {
    std::string prefix =
        "sluice:cache:";  // of every key and of the channel; the same in every process that shares
    Millis heartbeat{
        300};  // of the channel; a process that hears none for 1 s stops believing its L1
    RedisLimits limits;
};

class RedisCacheStore final : public cache::Store {
public:
    // `clock` (the one of the context's TimeSource) and `log` outlive the store.
    RedisCacheStore(
        std::vector<Executor> executors, const Clock& clock, Log& log, RedisEndpoint endpoint,
        RedisCacheOptions options = {}
    );
    ~RedisCacheStore() override;

    Task<Result<std::vector<std::optional<cache::StoredValue>>>> read(
        std::vector<std::string> keys, Deadline deadline
    ) override;
    Task<Result<std::vector<cache::Acquired>>> acquire(
        std::vector<cache::AcquireRequest> requests, Deadline deadline
    ) override;
    Task<Result<std::vector<bool>>> extend(
        std::vector<cache::Lease> leases, Millis lease, Deadline deadline
    ) override;
    Task<Result<std::vector<cache::Committed>>> commit(
        std::vector<cache::CommitRequest> requests, Deadline deadline
    ) override;
    Task<Result<Done>> release(std::vector<cache::ReleaseRequest> requests, Deadline deadline)
        override;
    Task<Result<Done>> invalidate(
        std::vector<std::string> keys, cache::InvalidateMode mode, Deadline deadline
    ) override;
    void listen(std::string prefix, cache::StoreListener& listener) override;
    void unlisten(cache::StoreListener& listener) override;

    // Ends everything on its executor.
    Task<void> stop();
    bool feed_alive() const;
    RedisConnectionStats connection_stats(std::size_t executor) const;  // on that executor

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with calls that hop
};

}  // namespace sluice
