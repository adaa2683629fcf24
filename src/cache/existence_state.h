#pragma once
// The state of an ExistenceFilter, without coroutines: what readers see, and how it is replaced
// under their feet. Internal to src/cache/existence_*.cc.
//
// Readers load `settled` or (`trusted_until`, then `ceiling`) first and `known` after that. Writers
// store in the opposite order, so a reader that relies on a new bound sees at least the ids that
// belong to it. Bounds only grow.

#include <mutex>
#include <optional>
#include <utility>

#include "base/prng.h"
#include "cache/binary_fuse.h"
#include "cache/existence_filter.h"
#include "cache/existence_horizon.h"
#include "cache/existence_ids.h"
#include "cache/existence_readers.h"

namespace sluice::cache {

struct ExistenceFilter::State {
    // What is known to exist. Replaced as a whole, never changed, except that `recent` grows.
    struct Known {
        Known(std::shared_ptr<const BinaryFuse8> ids, std::size_t recent_capacity)
            : base(std::move(ids)), recent(recent_capacity) {}
        bool contains(std::uint64_t id) const { return base->contains(id) || recent.contains(id); }
        std::shared_ptr<const BinaryFuse8> base;  // shared with the Known that replaces a full one
        RecentIds recent;
    };

    State(const ExistenceOptions& chosen, std::function<Instant()> clock);

    bool contains(std::uint64_t id) const {
        const auto reading = readers.enter();
        return known.load()->contains(id);
    }

    // From begin to end, added ids are remembered for the next base. False when a scan is under
    // way.
    bool begin_scan();
    void end_scan();

    void add(std::uint64_t id);
    // Ids that a refresh has read, all of them.
    void learn(const std::vector<std::uint64_t>& ids);
    // Whatever of the table was to be read, has been read.
    void scanned(Instant began, std::uint64_t newest);
    // The same of the whole table, with the base built from it. Waits for readers: on the lane.
    void replace(BinaryFuse8 base, Instant began, std::uint64_t newest);
    void failed();
    std::uint64_t next_seed();

    std::optional<std::uint64_t> refresh_after(Instant began
    ) const;  // nullopt before the first base
    Instant due_at() const;
    bool rebuild_is_due() const;
    ExistenceStats stats() const;

    const ExistenceOptions options;
    const std::function<Instant()> now;

    // For readers
    Readers readers;
    std::atomic<const Known*> known;        // == owned
    std::atomic<std::uint64_t> settled{0};  // ids up to here are in known, or do not exist
    std::atomic<Instant> trusted_until;     // until then there is no id above the ceiling
    std::atomic<std::uint64_t> ceiling{0};

    mutable std::mutex mutex;
    // Guarded by mutex
    std::unique_ptr<Known> owned;
    std::vector<std::unique_ptr<Known>> retired;  // full ones; a reader may still hold one
    bool scanning = false;
    std::vector<std::uint64_t> added_meanwhile;  // since begin_scan(); empty unless scanning
    Horizon horizon;
    Prng seeds;  // another one for each base: other absent ids are affirmed
    std::uint64_t rebuilds = 0, refreshes = 0, failures = 0;
    Instant last_rebuild, last_scan;  // when the last successful ones began
    Instant retry_at;                 // after a failure

private:
    // With the mutex held:
    void insert(std::uint64_t id);
    void publish_bounds(Instant began, std::uint64_t newest);
    bool rebuild_is_due(Instant at) const;
};

}  // namespace sluice::cache
