#include "runtime/wire_cache.h"

#include <utility>

#include "adapters/redis/cache_store.h"
#include "adapters/system/system_time_source.h"
#include "app/periodic.h"
#include "cache/memory_store.h"

namespace sluice {
namespace {

CachedPlatformOptions platform_options(const Config& config) {
    CachedPlatformOptions options;
    options.ttl = config.cache.ttl;
    options.grace = config.cache.grace;
    options.l1_bytes = config.cache.l1_bytes;
    return options;
}

cache::ContextOptions context_options(const Config& config) {
    cache::ContextOptions options;
    options.loads_max = config.cache.loads_max;
    return options;
}

// This process alone needs no second copy of what is in its memory.
cache::MemoryStoreOptions without_values() {
    cache::MemoryStoreOptions options;
    options.keys_max = 100'000;
    options.keep_values = false;
    return options;
}

Task<void> stop_store(cache::MemoryStore&) { co_return; }
Task<void> stop_store(RedisCacheStore& store) { return store.stop(); }

bool hears(const cache::MemoryStore&) { return true; }
bool hears(const RedisCacheStore& store) { return store.feed_alive(); }

template <class Store>
class Caching final : public PageCaching {
public:
    // `make_store(time)` gives the second level.
    template <class MakeStore>
    Caching(const Config& config, const CachingParts& parts, const PageSources& sources, MakeStore make_store)
        : known_(sources.shops, sources.goods, sources.late_commit_max, parts.clock, parts.log),
          store_(make_store(time_)),
          context_(*store_, time_, context_options(config)),
          lists_(list_store_, context_),
          platform_(context_, lists_, sources.pages, known_, platform_options(config)),
          tasks_(parts.core),
          upkeep_(tasks_, parts.clock, [this] { return known_.keep_up(lane_); }) {}

    CachedPlatform& platform() override { return platform_; }
    CacheFigures figures() override {
        return {platform_.stats(), context_.stats(), hears(*store_), known_.stats()};
    }
    void start() override { upkeep_.start(); }
    Task<void> stop() override {
        upkeep_.stop();
        co_await tasks_.join();
        co_await platform_.stop();
        co_await stop_store(*store_);
    }

private:
    SystemTimeSource time_;
    ThreadLane lane_{"existence"};
    KnownIds known_;
    const std::unique_ptr<Store> store_;
    cache::Context context_;
    cache::MemoryStore list_store_{time_, without_values()};
    cache::Context lists_;
    CachedPlatform platform_;
    TaskGroup tasks_;
    Periodic upkeep_;
};

}  // namespace

std::unique_ptr<PageCaching> PageCaching::in_memory(
    const Config& config, const CachingParts& parts, const PageSources& sources
) {
    return std::make_unique<Caching<cache::MemoryStore>>(config, parts, sources, [](cache::TimeSource& time) {
        return std::make_unique<cache::MemoryStore>(time, without_values());
    });
}

std::unique_ptr<PageCaching> PageCaching::on_redis(
    const Config& config, const CachingParts& parts, const PageSources& sources, RedisEndpoint endpoint
) {
    return std::make_unique<Caching<RedisCacheStore>>(config, parts, sources, [&](cache::TimeSource&) {
        return std::make_unique<RedisCacheStore>(
            std::vector<Executor>{parts.core}, parts.clock, parts.log, std::move(endpoint)
        );
    });
}

}  // namespace sluice
