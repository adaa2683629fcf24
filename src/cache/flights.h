#pragma once
// Flights: the keys that this process is fetching or rebuilding, each once, with the readers who
// wait for it. Bounded in keys and in waiters. Thread-safe; answering only posts, so it happens
// under the lock.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cache/erased.h"
#include "cache/hash.h"
#include "cache/l1_shard.h"
#include "cache/one_shot.h"
#include "cache/stats.h"

namespace sluice::cache {

struct Outcome {
    Result<AnyValue> result;
    Event event;  // what its request counts as
};
using Waiter = std::shared_ptr<OneShot<Outcome>>;

struct Flight {
    KeyRef key;
    std::uint64_t hash = 0;
    L1Shard::Token token = 0;       // of L1, as of its begin
    std::uint64_t seen_ticket = 0;  // of the value it is to replace; 0: there is none
    Instant began;

    // Guarded by Flights:
    std::vector<Waiter> waiters;
    std::optional<Outcome> answer;  // for those who come from now on and before answer_until
    Instant answer_until = Instant::max();
    std::optional<Outcome> failure;  // for those who come after that; nullopt: they wait
    bool listed = true;              // false: who comes from now on must begin another one
};
using FlightPtr = std::shared_ptr<Flight>;

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return hash_text(text); }
};

class Flights {
public:
    Flights(std::size_t flights_max, std::size_t waiters_max)
        : flights_max_(flights_max), waiters_max_(waiters_max) {}

    enum class Join : std::uint8_t { kJoined, kBegan, kFull };
    // Joined: `waiter` will be answered, or already is. Began: the same, and the caller must fly
    // `flight`.
    Join join(FlightPtr& flight, const Waiter& waiter, Instant now);
    bool flying(std::string_view key) const;
    // False: it is under way already, there are too many, or `still` is not true any more. That is asked while nobody can
    // detach(): an invalidation that comes later does.
    bool begin(const FlightPtr& flight, const std::function<bool()>& still);

    // Answers everybody who waits, and who comes before `until` while the flight goes on.
    void answer(Flight& flight, const Outcome& outcome, Instant until);
    // Answers everybody who waits, and who comes when there is no answer that still counts.
    void fail(Flight& flight, const Outcome& outcome);
    bool has_waiters(const Flight& flight) const;
    // Nobody is left waiting: who still does gets `otherwise`.
    void end(const FlightPtr& flight, const Outcome& otherwise);
    // The same, but whoever still waits is given back: they came when its answer did not count any more.
    std::vector<Waiter> leave(const FlightPtr& flight);
    // Who comes from now on begins another one: what this one brings may be too old for them.
    void detach(const std::string& key);
    void detach_all();
    // The same, and answers whoever waits for one of them. A reader that waits holds the cache's state
    // and is held by its flight: without an answer neither would ever be destroyed.
    void abandon_all(const Outcome& outcome);
    std::size_t size() const;

private:
    void unlist(Flight& flight);
    Join join_there(Flight& flight, const Waiter& waiter, Instant now) const;
    static void answer_waiters(Flight& flight, const Outcome& outcome);

    const std::size_t flights_max_;
    const std::size_t waiters_max_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, FlightPtr, TextHash, std::equal_to<>>
        flights_;             // listed; guarded by mutex_
    std::size_t flying_ = 0;  // with the detached ones; guarded by mutex_
};

}  // namespace sluice::cache
