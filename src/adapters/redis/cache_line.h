#pragma once
// CacheLine: one executor's way to the cache's server: its connection, the scripts that it has
// loaded, what it knows of the server's clock. Belongs to its executor.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/cache_codec.h"
#include "adapters/redis/loaded_script.h"
#include "adapters/redis/script_arguments.h"

namespace sluice {

enum class CacheScript : std::uint8_t {
    kAcquire,
    kExtend,
    kCommit,
    kRelease,
    kInvalidate,
    kPublish,
    kHeartbeat
};
inline constexpr std::size_t kCacheScripts = 7;

class CacheLine {
public:
    CacheLine(
        Executor executor, const Clock& clock, Log& log, RedisEndpoint endpoint, RedisLimits limits,
        std::string prefix
    );

    const Executor& executor() const { return executor_; }
    RedisConnection& connection() { return connection_; }
    std::string channel() const { return prefix_ + "feed"; }

    Task<Result<std::vector<std::optional<cache::StoredValue>>>> read(
        std::vector<std::string> keys, Deadline deadline
    );
    Task<Result<std::vector<cache::Acquired>>> acquire(
        std::vector<cache::AcquireRequest> requests, Deadline deadline
    );
    Task<Result<std::vector<bool>>> extend(
        std::vector<cache::Lease> leases, Millis lease, Deadline deadline
    );
    Task<Result<std::vector<cache::Committed>>> commit(
        std::vector<cache::CommitRequest> requests, Deadline deadline
    );
    Task<Result<Done>> release(std::vector<cache::ReleaseRequest> requests, Deadline deadline);
    Task<Result<Done>> invalidate(
        std::vector<std::string> keys, cache::InvalidateMode mode, Deadline deadline
    );
    Task<Result<Done>> heartbeat(Millis every, Deadline deadline);

private:
    std::string value_key(std::string_view key) const;
    void add_pair(std::vector<std::string>& keys, std::string_view key) const;
    Task<Result<Reply>> run(
        CacheScript script, const std::vector<std::string>& keys, const Arguments& arguments,
        Deadline deadline
    );
    bool knows_time();  // false: ask_time() before reading
    Task<Result<Done>> ask_time(Deadline deadline);
    void learn_time(Instant sent, const Reply& reply);

    const Executor executor_;
    const Clock& clock_;
    const std::string prefix_;
    RedisConnection connection_;
    std::array<LoadedScript, kCacheScripts> scripts_;
    ServerTime time_;
    std::uint64_t greeted_ = 0;  // the connection whose server time_ is about
    std::string generation_;     // the first part of every one that this line gives
    std::uint64_t generations_ = 0;
};

}  // namespace sluice
