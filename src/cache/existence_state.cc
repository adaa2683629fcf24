#include "cache/existence_state.h"
#include "cache/seed.h"

#include <algorithm>
#include <utility>

namespace sluice::cache {
namespace {

constexpr std::size_t kRecentAtFirst = 1024;

}  // namespace

ExistenceFilter::State::State(const ExistenceOptions& chosen, std::function<Instant()> clock)
    : options(chosen),
      now(std::move(clock)),
      trusted_until(Instant::min()),
      owned(std::make_unique<Known>(std::make_shared<const BinaryFuse8>(), kRecentAtFirst)),
      seeds(seed_or_system(options.seed)) {
    known.store(owned.get());
    horizon.late_commit_max = options.late_commit_max;
    horizon.trusted_for = options.trusted_for;
    horizon.growth = options.growth_max;
}

bool ExistenceFilter::State::begin_scan() {
    const std::lock_guard lock(mutex);
    if (scanning) return false;
    scanning = true;
    return true;
}

void ExistenceFilter::State::end_scan() {
    const std::lock_guard lock(mutex);
    scanning = false;
    added_meanwhile = {};
}

void ExistenceFilter::State::insert(std::uint64_t id) {
    if (owned->recent.full() && !owned->recent.contains(id)) {
        auto larger = std::make_unique<Known>(owned->base, 2 * owned->recent.capacity());
        larger->recent.insert_all(owned->recent);
        known.store(larger.get());
        // Not freed here: that would mean waiting for readers. All retired ones together are
        // smaller than the new one.
        retired.push_back(std::exchange(owned, std::move(larger)));
    }
    owned->recent.insert(id);
}

void ExistenceFilter::State::add(std::uint64_t id) {
    const std::lock_guard lock(mutex);
    insert(id);
    if (scanning) added_meanwhile.push_back(id);
}

void ExistenceFilter::State::learn(const std::vector<std::uint64_t>& ids) {
    const std::lock_guard lock(mutex);
    for (const std::uint64_t id : ids) {
        // An id that the base affirms by mistake stays affirmed until the next base, which will
        // really hold it.
        if (!owned->base->contains(id)) insert(id);
    }
}

void ExistenceFilter::State::publish_bounds(Instant began, std::uint64_t newest) {
    horizon.scanned(began, now(), newest);
    ceiling.store(horizon.ceiling());
    trusted_until.store(began + options.trusted_for);
    settled.store(horizon.settled);
    last_scan = began;
}

void ExistenceFilter::State::scanned(Instant began, std::uint64_t newest) {
    const std::lock_guard lock(mutex);
    publish_bounds(began, newest);
    ++refreshes;
}

void ExistenceFilter::State::replace(BinaryFuse8 base, Instant began, std::uint64_t newest) {
    auto shared = std::make_shared<const BinaryFuse8>(std::move(base));
    std::vector<std::unique_ptr<Known>> old;
    {
        const std::lock_guard lock(mutex);
        const std::size_t room = std::max(kRecentAtFirst, 2 * added_meanwhile.size());
        auto fresh = std::make_unique<Known>(std::move(shared), room);
        for (const std::uint64_t id : added_meanwhile) fresh->recent.insert(id);
        known.store(fresh.get());
        retired.push_back(std::exchange(owned, std::move(fresh)));
        old.swap(retired);
        publish_bounds(began, newest);
        last_rebuild = began;
        ++rebuilds;
    }
    readers.wait_for_all();  // `old` is freed after this
}

void ExistenceFilter::State::failed() {
    const std::lock_guard lock(mutex);
    ++failures;
    retry_at = now() + options.refresh_every;
}

std::uint64_t ExistenceFilter::State::next_seed() {
    const std::lock_guard lock(mutex);
    return seeds.next();
}

std::optional<std::uint64_t> ExistenceFilter::State::refresh_after(Instant began) const {
    const std::lock_guard lock(mutex);
    if (rebuilds == 0) return std::nullopt;
    return horizon.scan_after(began);
}

bool ExistenceFilter::State::rebuild_is_due(Instant at) const {
    return rebuilds == 0 || at >= last_rebuild + options.rebuild_every ||
           owned->recent.size() > options.recent_max;
}

bool ExistenceFilter::State::rebuild_is_due() const {
    const Instant at = now();
    const std::lock_guard lock(mutex);
    return rebuild_is_due(at);
}

Instant ExistenceFilter::State::due_at() const {
    const Instant at = now();
    const std::lock_guard lock(mutex);
    if (scanning) return at + options.refresh_every;
    if (rebuild_is_due(at)) return std::max(at, retry_at);
    const Instant next =
        std::min(last_scan + options.refresh_every, last_rebuild + options.rebuild_every);
    return std::max(next, retry_at);
}

ExistenceStats ExistenceFilter::State::stats() const {
    const std::lock_guard lock(mutex);
    ExistenceStats stats;
    stats.built = rebuilds > 0;
    stats.base_ids = owned->base->size();
    stats.recent_ids = owned->recent.size();
    stats.bytes = owned->base->bytes() + owned->recent.bytes();
    stats.settled = horizon.settled;
    stats.newest = horizon.newest;
    stats.ceiling = horizon.ceiling();
    stats.rebuilds = rebuilds;
    stats.refreshes = refreshes;
    stats.failures = failures;
    stats.outgrown = horizon.outgrown;
    return stats;
}

}  // namespace sluice::cache
