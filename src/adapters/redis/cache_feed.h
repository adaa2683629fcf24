#pragma once
// CacheFeed: hears of invalidations on a Redis channel and tells the caches of this process. A
// connection of its own, which is replaced when it is lost or silent (connection_plan.h); what may
// have been missed is decided by cache/gap_detector.h. Runs on one executor; listeners come and go
// on any thread.

#include <memory>
#include <string>

#include "adapters/redis/endpoint.h"
#include "async/task.h"
#include "cache/store.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace sluice {

class CacheFeed {
public:
    CacheFeed(
        Executor executor, const Clock& clock, Log& log, RedisEndpoint endpoint, std::string channel
    );
    ~CacheFeed();
    CacheFeed(const CacheFeed&) = delete;
    CacheFeed& operator=(const CacheFeed&) = delete;

    void listen(std::string prefix, cache::StoreListener& listener);
    void unlisten(cache::StoreListener& listener);
    // On its executor: returns when nothing of it runs any more.
    Task<void> stop();
    bool alive() const;

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with its coroutines
};

}  // namespace sluice
