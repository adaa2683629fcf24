#pragma once
// Composition of the read path: the stores' pages behind the existence filter and the logical-expiry cache, whose second
// level is Redis (stack) or this process's memory (embedded). One per process, shared by all its threads; on the core
// executor it keeps its connection, hears invalidations and keeps the filter up.

#include <memory>

#include "adapters/redis/endpoint.h"
#include "app/cached_platform.h"
#include "async/task.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "runtime/config.h"
#include "runtime/stores.h"

namespace sluice {

struct PageSources {  // outlive what reads them
    PlatformReader& pages;
    cache::IdSource& shops;
    cache::IdSource& goods;
    Millis late_commit_max;  // of the ids (cache/existence_filter.h)
};
struct CachingParts {
    Executor core;
    Clock& clock;  // outlives it, as log does
    Log& log;
};

class PageCaching {
public:
    // Made before `core` runs.
    static std::unique_ptr<PageCaching> in_memory(
        const Config& config, const CachingParts& parts, const PageSources& sources
    );
    static std::unique_ptr<PageCaching> on_redis(
        const Config& config, const CachingParts& parts, const PageSources& sources, RedisEndpoint endpoint
    );
    virtual ~PageCaching() = default;

    virtual CachedPlatform& platform() = 0;
    virtual CacheFigures figures() = 0;
    // This process serves pages: the filter is built and kept up from now on. Until then everything may exist.
    virtual void start() = 0;
    // Before the executors stop.
    virtual Task<void> stop() = 0;
};

}  // namespace sluice
