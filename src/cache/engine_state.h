#pragma once
// Engine::State: the parts of an engine and the coroutines over them. Readers in engine.cc; a
// flight's way through the store in flight_path.cc; loads in load_path.cc. Every coroutine here
// keeps the state alive by its `self`.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "cache/bulkhead.h"
#include "cache/engine.h"
#include "cache/failure_counts.h"
#include "cache/flights.h"
#include "cache/guarded_store.h"
#include "cache/held_leases.h"
#include "cache/l1.h"
#include "cache/running_tasks.h"

namespace sluice::cache {

using FlightList = std::vector<FlightPtr>;

inline Result<AnyValue> found(AnyValue value) { return Result<AnyValue>(std::move(value)); }

// What is known not to exist counts as that, wherever it came from.
inline Outcome outcome_of(const AnyValue& value, Event event) {
    return Outcome{found(value), value == nullptr ? Event::kNull : event};
}

// For a reader that a flight leaves without anything else: it gave up, or the cache stops.
inline const Outcome& ended() {
    static const Outcome outcome{
        fail(Code::kStopped, "the cache gave up on this key"), Event::kFailed};
    return outcome;
}

struct Engine::State final : public std::enable_shared_from_this<Engine::State>,
                             public StoreListener {
    using StatePtr = std::shared_ptr<State>;

    State(Context& shared, Options how, std::unique_ptr<ValueKind> what);

    // Readers (engine.cc)
    EntryState look(std::string_view key, std::uint64_t hash, Instant now, L1Item& item);
    void refresh_if_due(
        EntryState entry, KeyRef key, std::uint64_t hash, Instant now, const L1Item& item,
        const Executor& executor
    );
    bool elected(const L1Item& item, Instant now);
    void refresh(KeyRef key, std::uint64_t hash, const L1Item& item, const Executor& executor);
    FlightPtr new_flight(KeyRef key, std::uint64_t hash);
    // The answer of a flight that is joined; appends to `began` what the caller has to fly.
    Waiter join(KeyRef key, FlightList& began);
    void enlist(KeyRef key, std::uint64_t hash, const Waiter& waiter, FlightList& began);
    Task<Result<AnyValue>> await_outcome(Waiter waiter, Executor executor, Deadline deadline);

    // A flight's way (flight_path.cc); each ends every flight that it is given.
    static Task<void> fly(StatePtr self, FlightList flights, Executor executor);
    bool flies_itself(FlightList& began, const Executor& executor, Deadline deadline);
    static Task<void> rebuild(StatePtr self, FlightList flights, Executor executor);
    static Task<void> await_other(
        StatePtr self, FlightPtr flight, AcquireVerdict verdict, Millis wait, Executor executor
    );
    Task<void> rest(FlightPtr flight, Millis wait, Executor executor);
    bool settle(const FlightPtr& flight, const StoredValue& value);  // false: it goes on
    void answer_value(Flight& flight, const AnyValue& value, Event event, Instant until);
    void answer_error(Flight& flight, const Error& error, Event event);
    void refuse(const FlightList& flights);
    Task<bool> nap(Instant until, Executor executor);  // false: the cache stops
    std::string store_key(const std::string& key) const { return options.name + ":" + key; }
    std::vector<AcquireRequest> requests_for(const FlightList& flights);

    // Loads (load_path.cc)
    struct Held {
        FlightList flights;
        std::vector<Lease> leases;  // by index of flights
    };
    static Task<void> load_and_commit(
        StatePtr self, Held held, Bulkhead::Place place, Executor executor
    );
    Task<void> commit(Held held, std::vector<AnyValue> values, Millis took);
    std::vector<CommitRequest> commits_for(
        const Held& held, const std::vector<AnyValue>& values, Millis took
    ) const;
    void keep_alone(const Flight& flight, const AnyValue& value, Millis took);
    static Task<void> load_alone(
        StatePtr self, FlightList flights, Bulkhead::Place place, Executor executor
    );
    static Task<void> load_without_store(StatePtr self, FlightList flights, Executor executor);
    Task<FlightList> ask_once_more(FlightList left);
    // After its commit: who came too late for what it brought gets another flight.
    void finish(const FlightPtr& flight, const Executor& executor);
    static Task<void> beat(StatePtr self, Executor executor);
    Task<Result<std::vector<AnyValue>>> call_loader(std::vector<KeyRef> keys);
    // nullptr: not understood.
    AnyValue decode(const std::string& key, const std::string& payload);
    void keep(
        const Flight& flight, const AnyValue& value, Instant soft, Instant hard, Millis load,
        std::uint64_t ticket
    );
    Task<void> give_back(std::vector<Lease> leases, bool failed);

    // StoreListener
    void invalidated(std::string_view key) override;
    void missed() override;
    void feed_alive(bool alive) override;
    void forget(const std::string& key);

    void note(const Error& error) {
        counters.add(is_breaker_open(error) ? Event::kBreakerOpen : Event::kStoreFailed);
    }

    Context& context;
    const Options options;
    const std::unique_ptr<ValueKind> kind;
    L1 l1;
    Flights flights;
    HeldLeases held_leases;
    Counters counters;
    std::shared_ptr<RunningTasks> tasks = std::make_shared<RunningTasks>();
    std::atomic<bool> feed_is_alive{false};
    FailureCounts failures_alone;  // of loads while the store was away
};

}  // namespace sluice::cache
