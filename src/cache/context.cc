#include "cache/context.h"

#include <atomic>
#include <cstring>

#include "base/hmac.h"
#include "cache/bulkhead.h"
#include "cache/guarded_store.h"
#include "cache/hash.h"

namespace sluice::cache {
namespace {

std::uint64_t seed_or_system(std::uint64_t seed) {
    if (seed != 0) return seed;
    std::memcpy(&seed, random_bytes(sizeof seed).data(), sizeof seed);
    return seed;
}

}  // namespace

struct Context::Chance {
    explicit Chance(std::uint64_t seed) : state(seed) {}

    const std::string identity = hex(random_bytes(12));
    std::atomic<std::uint64_t> state;
    std::atomic<std::uint64_t> names{0};
};

Context::Context(Store& store, TimeSource& time, ContextOptions options)
    : store_(store),
      time_(time),
      chance_(std::make_unique<Chance>(seed_or_system(options.seed))),
      guarded_(std::make_unique<GuardedStore>(store, *this, options)),
      bulkhead_(std::make_unique<Bulkhead>(options.loads_max, options.load_queue_max)) {}

Context::~Context() = default;

// SplitMix64 (base/prng.h) with an atomic step: any thread may draw.
std::uint64_t Context::random() const {
    std::uint64_t z = chance_->state.fetch_add(0x9e3779b97f4a7c15ULL, std::memory_order_relaxed);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
}

std::string Context::unique() const {
    return chance_->identity + "-" +
           std::to_string(chance_->names.fetch_add(1, std::memory_order_relaxed));
}

ContextStats Context::stats() const {
    ContextStats stats;
    bulkhead_->fill(stats);
    stats.breaker_open = !guarded_->up();
    stats.breaker_opened = guarded_->opened();
    return stats;
}

}  // namespace sluice::cache
