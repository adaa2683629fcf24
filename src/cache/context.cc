#include "cache/context.h"

#include <atomic>
#include <utility>

#include "base/hmac.h"
#include "cache/bulkhead.h"
#include "cache/guarded_store.h"
#include "cache/seed.h"

namespace sluice::cache {

struct Context::Chance {
    explicit Chance(std::uint64_t seed) : state(seed) {}

    const std::string identity = hex(random_bytes(12));
    std::atomic<std::uint64_t> state;
    std::atomic<std::uint64_t> names{0};
};

Context::Context(Store& store, TimeSource& time, ContextOptions options)
    : Context(store, time, options, std::make_shared<Bulkhead>(options.loads_max, options.load_queue_max)) {}

Context::Context(Store& store, const Context& other, ContextOptions options)
    : Context(store, other.time_, options, other.bulkhead_) {}

Context::Context(
    Store& store, TimeSource& time, const ContextOptions& options, std::shared_ptr<Bulkhead> bulkhead
)
    : store_(store),
      time_(time),
      chance_(std::make_unique<Chance>(seed_or_system(options.seed))),
      guarded_(std::make_unique<GuardedStore>(store, *this, options)),
      bulkhead_(std::move(bulkhead)) {}

// Loads that never ended may be destroyed after us: they hand their places to nobody.
Context::~Context() { bulkhead_->close(); }

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
