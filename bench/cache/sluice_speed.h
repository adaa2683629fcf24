#pragma once
// What a read costs when nothing is wrong: hits of the L1 and of the L2; bare GETs to compare them
// with, of the connection that the cache uses, as many at once, and of hiredis in pipelines of as
// many, which is the least that a client can do; and the bytes of an L1 entry. Belongs to one
// executor.

#include <hiredis/hiredis.h>

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/redis/connection.h"
#include "sluice_cache.h"
#include "sluice_command.h"
#include "sluice_readers.h"

namespace sluice::bench {

class Speed {
public:
    // The cache outlives this.
    Speed(Executor executor, SluiceCache& cache, std::uint16_t redis_port);

    // `speed`: ns a read, the median over batches. Redis that does not answer throws.
    Task<json::object> speed(json::object command);
    // `memory`: how much larger the heap is after reading new keys, an entry.
    Task<json::object> memory(json::object command);

private:
    struct FreeContext {
        void operator()(redisContext* context) const;
    };
    using RedisContext = std::unique_ptr<redisContext, FreeContext>;

    // One batch of reads; each in turn, or all at once.
    Task<void> batch(const std::string& what, bool concurrent, KeyChooser& next, std::uint64_t& i);
    Task<void> get_some(Tally& tally, KeyChooser& next);
    void pipelined_gets(redisContext& redis, KeyChooser& next, std::uint64_t& i);
    // A connection of hiredis, with values of the same size under the keys that will be asked for.
    RedisContext bare_redis(const KeyRange& keys);

    Executor executor_;
    SluiceCache& cache_;
    const std::uint16_t redis_port_;
    SystemClock clock_;
    StderrLog log_;
    RedisConnection connection_;
    std::uint64_t found_ = 0;  // so that no read is optimised away
};

}  // namespace sluice::bench
