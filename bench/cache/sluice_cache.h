#pragma once
// What the C++ subject measures: a LogicalCache on Redis as a process of the platform has it, the
// same without an L1, and the database behind them. Belongs to one executor.

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/cache_store.h"
#include "adapters/system/system_clock.h"
#include "adapters/system/system_time_source.h"
#include "async/lane.h"
#include "cache/existence_filter.h"
#include "cache/logical_cache.h"
#include "database_client.h"
#include "ports/log.h"

namespace sluice::bench {

inline constexpr std::size_t kPayloadBytes = 200;  // what a value carries besides its version
inline constexpr Millis kReadMax{2'000};           // a reader's deadline

struct Item {
    std::uint32_t version = 0;
    std::string payload;
};

struct ItemTraits {
    static std::string key_text(std::uint32_t key) { return std::to_string(key); }
    static std::string encode(const Item& item) {
        std::string bytes(sizeof item.version, '\0');
        std::memcpy(bytes.data(), &item.version, sizeof item.version);
        return bytes + item.payload;
    }
    static std::optional<Item> decode(std::string_view bytes) {
        if (bytes.size() < sizeof(std::uint32_t)) return std::nullopt;
        Item item;
        std::memcpy(&item.version, bytes.data(), sizeof item.version);
        item.payload = bytes.substr(sizeof item.version);
        return item;
    }
    static std::size_t bytes_of(const Item& item) { return sizeof item + item.payload.capacity(); }
};

using ItemCache = cache::LogicalCache<std::uint32_t, Item, ItemTraits>;

struct Setting {
    std::uint16_t redis_port = 0;
    std::string database;  // path of its socket
    Millis ttl{0};
    Millis grace{0};
    std::size_t capacity = 0;  // entries the L1 must hold
    std::uint32_t ids = 0;     // how many keys exist: 0, stride, 2 · stride …
    std::uint32_t stride = 1;
    std::optional<Millis>
        read_max;  // how long a reader waits for the L2; nullopt: the cache's default
};

// The keys that exist, as ids from 1 on, which is what the filter takes.
class KnownKeys final : public cache::IdSource {
public:
    KnownKeys(std::uint32_t count, std::uint32_t stride) : count_(count), stride_(stride) {}
    static std::uint64_t id_of(std::uint32_t key) { return std::uint64_t{key} + 1; }
    Task<Result<std::uint64_t>> handed_out() override;
    Task<Result<std::vector<std::uint64_t>>> next(std::uint64_t after, std::size_t max) override;

private:
    const std::uint64_t count_;
    const std::uint64_t stride_;
};

// What degraded, on stderr, which the driver shows when a subject fails.
class StderrLog final : public Log {
public:
    void write(
        LogLevel level, std::string_view component, std::string_view message,
        std::initializer_list<LogField> fields
    ) override;
};

class SluiceCache {
public:
    SluiceCache(Executor executor, const Setting& setting);
    // Reads the existence filter's base. Everything may exist before.
    Task<bool> start();

    // The version when it needs no coroutine: fresh in the L1. 0: known not to exist.
    std::optional<std::uint32_t> glance(std::uint32_t key);
    // The version; 0: there is no such key; kFailed.
    Task<std::uint32_t> read(std::uint32_t key) { return read_through(both_, key); }
    Task<std::uint32_t> read_without_l1(std::uint32_t key) { return read_through(shared_, key); }
    // How many of them were found, all at once and without an L1.
    Task<std::size_t> read_many_without_l1(std::vector<std::uint32_t> keys);
    // Until it is ok, as its outbox would; false: it was not within kReadMax.
    Task<bool> invalidate(std::uint32_t key);
    // What the L2 holds, without asking the cache.
    struct Held {
        std::uint32_t version = 0;
        Millis fresh_for{0};
    };
    Task<std::optional<Held>> held(std::uint32_t key);

    DatabaseClient& database() { return database_; }
    const std::vector<std::string>& errors() const { return errors_; }
    cache::Stats stats() const { return both_.stats(); }
    cache::ContextStats context_stats() const { return context_.stats(); }

private:
    Task<std::uint32_t> read_through(ItemCache& cache, std::uint32_t key);
    void note(const Error& error);

    DatabaseClient database_;
    SystemClock clock_;
    SystemTimeSource time_;
    StderrLog log_;
    RedisCacheStore store_;
    KnownKeys known_keys_;
    cache::ExistenceFilter filter_;
    ThreadLane lane_{"filter"};
    cache::Context context_;
    ItemCache both_;
    ItemCache shared_;
    std::vector<std::string> errors_;  // different ones, the first few
};

}  // namespace sluice::bench
