#pragma once
// ExistenceFilter: answers "can a row with this id exist?" in nanoseconds and without I/O, so that
// requests for ids that exist nowhere end before they reach a cache or a database. It never denies
// an id that exists; it affirms about 0.4 % of those that do not. Known are an immutable base read
// from the table (cache/binary_fuse.h) and an exact set of younger ids. What other processes insert
// between two scans is covered by cache/existence_horizon.h: read it before choosing the options,
// they are what "never" rests on.
//
// - Before the first rebuild has succeeded everything may exist. A rebuild or refresh that fails,
//   half-way or in the end, leaves the filter as it was. When none succeeds for `trusted_for`, ids
//   above the ceiling may exist too.
// - Ids go only at a rebuild, some time after their rows went.
// - Requires ids handed out in increasing order and never again (AUTO_INCREMENT of InnoDB;
//   AUTOINCREMENT of SQLite; not several Galera writers), and a source that reads what is
//   committed. 0 is no id.
//
// Threads: may_exist and add from any thread. rebuild, refresh and keep_up from one executor at a
// time; the heavy part runs on the lane. Must outlive its readers and its running coroutines, not
// the work on the lane.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "async/lane.h"
#include "async/task.h"
#include "base/time.h"

namespace sluice::cache {

class IdSource {
public:
    virtual ~IdSource() = default;
    // The greatest id handed out so far, also to rows that were rolled back or deleted: what the
    // counter says, not MAX(id). InnoDB: AUTO_INCREMENT - 1 of information_schema.TABLES; SQLite:
    // sqlite_sequence.
    virtual Task<Result<std::uint64_t>> handed_out() = 0;
    // The smallest ids greater than `after`, ascending, at most `max` of them; none when there are
    // no more. Every row committed before the call is seen: a primary, no old snapshot.
    virtual Task<Result<std::vector<std::uint64_t>>> next(std::uint64_t after, std::size_t max) = 0;
};

struct ExistenceOptions {
    // Longest time from the moment an inserting transaction is given its id to its commit: what the
    // server enforces on those connections, with a margin. 0 for SQLite.
    Millis late_commit_max{10'000};
    // Most ids that all processes together are given within trusted_for.
    std::uint64_t growth_max = 100'000;
    Millis trusted_for{10'000};
    Millis refresh_every{1'000};    // also the pause after a failure
    Millis rebuild_every{600'000};  // how long the id of a deleted row may still be affirmed
    // More recent ids than this are a reason to rebuild: they take 16 to 32 bytes each, and the
    // add() that has to enlarge the set copies it (some milliseconds at this size).
    std::size_t recent_max = 200'000;
    std::size_t page = 10'000;  // bounds how long a page keeps the caller's executor: some 100 µs
    std::uint64_t seed = 0;     // of the hashes; 0: from the system, so that no stranger works out affirmed ids
    int build_attempts_max = 64;
};

struct ExistenceStats {
    bool built = false;
    std::size_t base_ids = 0;
    std::size_t recent_ids = 0;
    std::size_t bytes = 0;  // of both
    std::uint64_t settled = 0, newest = 0, ceiling = 0;
    std::uint64_t rebuilds = 0, refreshes = 0, failures = 0;
    std::uint64_t outgrown =
        0;  // growth_max was wrong this often: rows may have been denied for a moment
};

class ExistenceFilter {
public:
    // now: a clock that never steps (CLOCK_BOOTTIME); thread-safe, and must not call the filter.
    ExistenceFilter(const ExistenceOptions& options, std::function<Instant()> now);
    ~ExistenceFilter();
    ExistenceFilter(const ExistenceFilter&) = delete;
    ExistenceFilter& operator=(const ExistenceFilter&) = delete;

    // False only when no such row exists. Takes no lock, never waits.
    bool may_exist(std::uint64_t id) const;

    // After the row's commit, by the process that committed it. From its return on, may_exist(id)
    // is true.
    void add(std::uint64_t id);

    // Reads the whole table and replaces the base. Ids added meanwhile stay. Errors: the source's;
    // kConflict (another one is under way), kInternal (the source breaks its contract, or no base
    // could be built).
    Task<Result<Done>> rebuild(IdSource& source, Lane& lane);

    // Reads only what may be new. Errors: as rebuild; kUnavailable before the first rebuild.
    Task<Result<Done>> refresh(IdSource& source);

    // The upkeep as a loop: sleep until due_at(), then keep_up(), which does whichever of the two
    // is due.
    Instant due_at() const;
    Task<Result<Done>> keep_up(IdSource& source, Lane& lane);

    ExistenceStats stats() const;

private:
    struct State;
    class Scan;
    struct Build;
    using TakePage = std::function<void(std::vector<std::uint64_t>)>;
    static Task<Result<Done>> read_all(Scan& scan, IdSource& source, TakePage take);
    std::shared_ptr<State> state_;  // shared with work on the lane, which may end after the filter
};

}  // namespace sluice::cache
