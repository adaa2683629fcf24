#pragma once
// Composition of the read path: the stores' pages behind the logical-expiry cache, whose second level is Redis (stack) or
// this process's memory (embedded). One per process, shared by all its threads; on the core executor it keeps its
// connection and hears invalidations.

#include <memory>

#include "app/cached_platform.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "runtime/config.h"
#include "runtime/stores.h"

namespace sluice {

class PageCaching {
public:
    // `source` outlives it, and so do clock and log. Made before `core` runs.
    static std::unique_ptr<PageCaching> in_memory(const Config& config, PlatformReader& source);
    static std::unique_ptr<PageCaching> on_redis(
        const Config& config, Executor core, const Clock& clock, Log& log, PlatformReader& source
    );
    virtual ~PageCaching() = default;

    virtual CachedPlatform& platform() = 0;
    virtual CacheFigures figures() const = 0;
    // Before the executors stop.
    virtual Task<void> stop() = 0;
};

}  // namespace sluice
