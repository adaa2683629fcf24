#pragma once
// What the age of an entry means, when its soft time is, and who may rebuild it early. Pure.

#include <cstdint>

#include "base/time.h"

namespace sluice::cache {

enum class EntryState : std::uint8_t {
    kFresh,
    kStale,   // served, and one reader has it rebuilt
    kNull,    // the database has no such thing, as of a short while ago
    kAbsent,  // also what is past hard
};

inline EntryState state_of(Instant soft, Instant hard, bool null, Instant now) {
    if (now >= hard) return EntryState::kAbsent;
    if (null) return EntryState::kNull;
    return now < soft ? EntryState::kFresh : EntryState::kStale;
}

// 0.9 … 1.0 of ttl: keys that were stored together do not expire together. Depends on the key, on
// how often it was invalidated and on the load, so the same two keys do not meet again and again.
Millis spread_ttl(Millis ttl, std::uint64_t key_hash, std::uint64_t seq, std::uint64_t ticket);

// XFetch: elects a reader before soft, the more probably the nearer soft and the longer a load
// takes. `random` is uniform. Vattani, Chierichetti, Lowenstein: "Optimal Probabilistic Cache
// Stampede Prevention", VLDB 2015. elect_early() of any random number can only be true from here
// on: asked first, because drawing one costs more.
bool may_elect_early(Instant soft, Instant now, Millis load, double beta);
bool elect_early(Instant soft, Instant now, Millis load, double beta, std::uint64_t random);

// Whether the first level may answer. It may be behind when the feed of invalidations is silent: then
// the store is asked. When that is away as well, an answer until hard is better than none.
bool l1_is_believed(bool feed_alive, bool store_up);

}  // namespace sluice::cache
