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

// What both kinds share, over a second level of their own.
class Caching : public PageCaching {
public:
    Caching(CachingParts parts, PageSources sources)
        : pages_(sources.pages),
          known_(sources.shops, sources.goods, sources.late_commit_max, parts.clock, parts.log),
          tasks_(std::move(parts.core)),
          upkeep_(tasks_, parts.clock, [this] { return known_.keep_up(lane_); }) {}

    CachedPlatform& platform() override { return *platform_; }
    CacheFigures figures() const override { return {platform_->stats(), context_->stats(), known_.stats()}; }
    void start() override { upkeep_.start(); }
    Task<void> stop() override {
        upkeep_.stop();
        co_await tasks_.join();
        co_await platform_->stop();
    }

protected:
    void open(const Config& config, cache::Store& store) {
        context_ = std::make_unique<cache::Context>(store, time_, context_options(config));
        platform_ = std::make_unique<CachedPlatform>(*context_, pages_, known_, platform_options(config));
    }
    void close() {
        platform_.reset();
        context_.reset();
    }
    SystemTimeSource time_;

private:
    PlatformReader& pages_;
    KnownIds known_;
    ThreadLane lane_{"existence"};
    TaskGroup tasks_;
    Periodic upkeep_;
    std::unique_ptr<cache::Context> context_;
    std::unique_ptr<CachedPlatform> platform_;
};

class MemoryCaching final : public Caching {
public:
    MemoryCaching(const Config& config, CachingParts parts, PageSources sources) : Caching(std::move(parts), sources) {
        open(config, store_);
    }
    ~MemoryCaching() override { close(); }

private:
    cache::MemoryStore store_{time_};
};

class RedisCaching final : public Caching {
public:
    RedisCaching(const Config& config, const CachingParts& parts, PageSources sources)
        : Caching(parts, sources), store_({parts.core}, parts.clock, parts.log, endpoint_of(config)) {
        open(config, store_);
    }
    ~RedisCaching() override { close(); }
    Task<void> stop() override {
        co_await Caching::stop();
        co_await store_.stop();
    }

private:
    static RedisEndpoint endpoint_of(const Config& config) {
        RedisEndpoint endpoint;
        endpoint.host = config.redis.address->host;
        endpoint.port = config.redis.address->port;
        endpoint.password = config.redis.password;
        return endpoint;
    }
    RedisCacheStore store_;
};

}  // namespace

std::unique_ptr<PageCaching> PageCaching::in_memory(const Config& config, CachingParts parts, PageSources sources) {
    return std::make_unique<MemoryCaching>(config, std::move(parts), sources);
}

std::unique_ptr<PageCaching> PageCaching::on_redis(const Config& config, CachingParts parts, PageSources sources) {
    return std::make_unique<RedisCaching>(config, parts, sources);
}

}  // namespace sluice
