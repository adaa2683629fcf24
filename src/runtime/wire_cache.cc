#include "runtime/wire_cache.h"

#include <utility>

#include "adapters/redis/cache_store.h"
#include "adapters/system/system_time_source.h"
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

// Over the second level that both kinds share.
class Caching : public PageCaching {
public:
    CachedPlatform& platform() override { return *platform_; }
    CacheFigures figures() const override { return {platform_->stats(), context_->stats()}; }
    Task<void> stop() override { return platform_->stop(); }

protected:
    void open(const Config& config, cache::Store& store, PlatformReader& source) {
        context_ = std::make_unique<cache::Context>(store, time_, context_options(config));
        platform_ = std::make_unique<CachedPlatform>(*context_, source, platform_options(config));
    }
    void close() {
        platform_.reset();
        context_.reset();
    }
    SystemTimeSource time_;

private:
    std::unique_ptr<cache::Context> context_;
    std::unique_ptr<CachedPlatform> platform_;
};

class MemoryCaching final : public Caching {
public:
    MemoryCaching(const Config& config, PlatformReader& source) { open(config, store_, source); }
    ~MemoryCaching() override { close(); }

private:
    cache::MemoryStore store_{time_};
};

class RedisCaching final : public Caching {
public:
    RedisCaching(const Config& config, Executor core, const Clock& clock, Log& log, PlatformReader& source)
        : store_({std::move(core)}, clock, log, endpoint_of(config)) {
        open(config, store_, source);
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

std::unique_ptr<PageCaching> PageCaching::in_memory(const Config& config, PlatformReader& source) {
    return std::make_unique<MemoryCaching>(config, source);
}

std::unique_ptr<PageCaching> PageCaching::on_redis(
    const Config& config, Executor core, const Clock& clock, Log& log, PlatformReader& source
) {
    return std::make_unique<RedisCaching>(config, std::move(core), clock, log, source);
}

}  // namespace sluice
