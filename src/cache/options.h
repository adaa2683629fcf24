#pragma once
// The knobs of one cache, and of what all caches of a process share. Every limit says what it
// bounds.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/time.h"
#include "cache/store.h"

namespace sluice::cache {

struct Options {
    std::string name;       // "shops": first part of the key in the store, label of metrics; no ':'
    Millis ttl{60'000};     // fresh for 0.9 … 1.0 of it
    Millis grace{600'000};  // then served stale for so long while one rebuilds
    Millis null_ttl{5'000};    // "the database has none" is believed for so long
    Millis outage_ttl{1'000};  // fresh for so long when loaded while the store is away
    double early = 1.0;        // XFetch's beta: larger elects earlier; 0: never before soft
    InvalidateMode invalidation = InvalidateMode::kDelete;

    std::size_t l1_bytes = 64U << 20U;  // of keys, values and bookkeeping; 0: no L1

    Millis lease{1'000};    // of a rebuild; a dead one is taken over after it
    Millis heartbeat{300};  // extends it
    Millis load_max{
        10'000};  // the loader's deadline; it must keep it, its permit is held until it returns
    Millis poll_first{10};  // asking again for a key that another process loads; doubles to
    Millis poll_max{100};
    Millis backoff_first{100};  // after a failed load, doubling to
    Millis backoff_max{10'000};

    std::size_t flights_max = 20'000;  // keys being fetched at once in this process
    std::size_t waiters_max = 10'000;  // readers that wait for one of them; the next is refused
};

struct BreakerOptions {
    std::size_t window = 40;      // of the last calls
    std::size_t volume_min = 20;  // calls in the window before anything is concluded
    double failures_max = 0.5;    // of the window: it opens
    std::size_t unanswered_max =
        40;                  // calls without a reply while none has come for 2/5 of read_max
    Millis open_first{500};  // jittered, doubling with every failed probe to
    Millis open_max{5'000};
    std::size_t probes_to_close = 3;  // good ones in a row, one at a time
};

// What the caches of one process share.
struct ContextOptions {
    std::size_t loads_max = 16;  // K: loads in the database at once, always
    std::size_t load_queue_max =
        1'024;              // rebuilds that hold or wait for one of them; the next is refused
    Millis read_max{5};     // a store's answer that a reader waits for
    Millis write_max{100};  // commit, release, invalidate, heartbeat
    BreakerOptions breaker;
    std::uint64_t seed = 0;  // of jitter and elections; 0: from the system
};

}  // namespace sluice::cache
