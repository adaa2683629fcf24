#include "cache/engine.h"

#include <boost/asio/this_coro.hpp>

#include "cache/engine_state.h"

namespace sluice::cache {
Engine::State::State(Context& shared, Options how, std::unique_ptr<ValueKind> what)
    : context(shared),
      options(std::move(how)),
      kind(std::move(what)),
      l1(kind->type(), options.l1_bytes),
      flights(options.flights_max, options.waiters_max) {
    SLUICE_CHECK(!options.name.empty() && options.name.find(':') == std::string::npos);
    SLUICE_CHECK(
        options.ttl > Millis{0} && options.grace >= Millis{0} && options.null_ttl > Millis{0}
    );
    SLUICE_CHECK(options.heartbeat < options.lease && options.poll_first > Millis{0});
}

// kAbsent also when there is an entry that must not be believed.
EntryState Engine::State::look(
    std::string_view key, std::uint64_t hash, Instant now, L1Item& item
) {
    const bool alive = feed_is_alive.load(std::memory_order_relaxed);
    if (!alive && !l1_is_believed(alive, context.store().up())) return EntryState::kAbsent;
    return l1.find(key, hash, now, item);
}

// Of a value that L1 has answered with. peek() has tossed the coin of a fresh one, unless another
// fresh one came in between.
void Engine::State::refresh_if_due(
    EntryState entry, KeyRef key, std::uint64_t hash, Instant now, const L1Item& item,
    const Executor& executor
) {
    if (entry == EntryState::kStale) {
        counters.add(Event::kL1Stale);
    } else if (!may_elect_early(item.soft, now, item.load, options.early)) {
        return;
    } else {
        counters.add(Event::kElectedEarly);
    }
    refresh(std::move(key), hash, item, executor);
}

bool Engine::State::elected(const L1Item& item, Instant now) {
    if (!may_elect_early(item.soft, now, item.load, options.early)) return false;
    return elect_early(item.soft, now, item.load, options.early, context.random());
}

FlightPtr Engine::State::new_flight(KeyRef key, std::uint64_t hash) {
    auto flight = std::make_shared<Flight>();
    flight->hash = hash;
    flight->token = l1.token(hash);
    flight->key = std::move(key);
    flight->began = context.time().now();
    return flight;
}

// Behind a reader that has its answer already.
void Engine::State::refresh(
    KeyRef key, std::uint64_t hash, const L1Item& item, const Executor& executor
) {
    if (flights.flying(key.text) || context.bulkhead().crowded() || tasks->stopping()) return;
    auto flight = new_flight(std::move(key), hash);
    flight->seen_ticket = item.ticket;
    flight->answer = Outcome{found(item.value), Event::kL1Stale};
    flight->answer_until = item.hard;
    // Invalidated since it was found: whoever did that must not be answered with it.
    const auto still = [&] { return l1.holds(flight->key.text, hash, item.value); };
    if (!flights.begin(flight, still)) return;
    FlightList one{std::move(flight)};
    tasks->spawn(executor, rebuild(shared_from_this(), std::move(one), executor));
}

Waiter Engine::State::join(KeyRef key, FlightList& began) {
    auto waiter = std::make_shared<OneShot<Outcome>>();
    if (tasks->stopping()) {
        waiter->answer(Outcome{fail(Code::kStopped, options.name), Event::kFailed});
        return waiter;
    }
    const std::uint64_t hash = hash_text(key.text);
    enlist(std::move(key), hash, waiter, began);
    return waiter;
}

void Engine::State::enlist(
    KeyRef key, std::uint64_t hash, const Waiter& waiter, FlightList& began
) {
    auto flight = new_flight(std::move(key), hash);
    switch (flights.join(flight, waiter, flight->began)) {
        case Flights::Join::kJoined:
            break;
        case Flights::Join::kBegan:
            began.push_back(std::move(flight));
            break;
        case Flights::Join::kFull:
            waiter->answer(Outcome{
                fail(Code::kOverloaded, "cache " + options.name + ": too many wait"),
                Event::kRefused});
            break;
    }
}

Task<Result<AnyValue>> Engine::State::await_outcome(
    Waiter waiter, Executor executor, Deadline deadline
) {
    std::optional<Outcome> early = waiter->take();
    if (early) {
        counters.add(early->event);
        co_return std::move(early->result);
    }
    Outcome late{fail(Code::kTimeout, "cache " + options.name + ": not in time"), Event::kRefused};
    auto outcome = co_await wait_until(
        std::move(waiter), context.time(), std::move(executor), deadline, std::move(late)
    );
    counters.add(outcome.event);
    co_return std::move(outcome.result);
}

void Engine::State::forget(const std::string& key) {
    l1.invalidate(key, hash_text(key));
    flights.detach(key);
}

void Engine::State::invalidated(std::string_view key) {
    if (key.size() <= options.name.size()) return;
    forget(std::string(key.substr(options.name.size() + 1)));
    counters.add(Event::kInvalidated);
}

void Engine::State::missed() {
    l1.flush();
    flights.detach_all();
    counters.add(Event::kL1Flushed);
}

void Engine::State::feed_alive(bool alive) {
    feed_is_alive.store(alive, std::memory_order_relaxed);
}

Engine::Engine(Context& context, Options options, std::unique_ptr<ValueKind> kind)
    : state_(std::make_shared<State>(context, std::move(options), std::move(kind))) {
    context.raw_store().listen(state_->options.name + ":", *state_);
}

Engine::~Engine() {
    state_->context.raw_store().unlisten(*state_);
    state_->flights.abandon_all(
        Outcome{fail(Code::kStopped, state_->options.name), Event::kFailed}
    );
}

bool Engine::peek(std::string_view key, AnyValue& value) {
    State& state = *state_;
    L1Item item;
    const Instant now = state.context.time().now();
    const EntryState entry = state.look(key, hash_text(key), now, item);
    if (entry == EntryState::kNull) return true;
    if (entry == EntryState::kAbsent) return false;
    if (entry == EntryState::kStale) {
        if (!state.flights.flying(key)) return false;
        state.counters.add(Event::kL1Stale);
        value = std::move(item.value);
        return true;
    }
    if (state.elected(item, now)) {
        state.counters.take_back(Event::kL1Fresh);
        return false;
    }
    value = std::move(item.value);
    return true;
}

Task<Result<AnyValue>> Engine::get(KeyRef key, Deadline deadline) {
    const auto state = state_;
    const Executor executor = co_await boost::asio::this_coro::executor;
    const std::uint64_t hash = hash_text(key.text);
    L1Item item;
    const Instant now = state->context.time().now();
    const EntryState entry = state->look(key.text, hash, now, item);
    if (entry == EntryState::kNull) co_return found(nullptr);
    if (entry != EntryState::kAbsent) {
        state->refresh_if_due(entry, std::move(key), hash, now, item, executor);
        co_return found(std::move(item.value));
    }
    FlightList began;
    Waiter waiter = state->join(std::move(key), began);
    if (state->flies_itself(began, executor, deadline)) {
        co_await State::fly(state, std::move(began), executor);
    }
    co_return co_await state->await_outcome(std::move(waiter), executor, deadline);
}

Task<std::vector<Result<AnyValue>>> Engine::get_many(std::vector<KeyRef> keys, Deadline deadline) {
    const auto state = state_;
    const Executor executor = co_await boost::asio::this_coro::executor;
    std::vector<Result<AnyValue>> results;
    std::vector<Waiter> waiters(keys.size());  // nullptr: answered by L1
    FlightList began;
    const Instant now = state->context.time().now();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::uint64_t hash = hash_text(keys[i].text);
        L1Item item;
        const EntryState entry = state->look(keys[i].text, hash, now, item);
        if (entry == EntryState::kAbsent) {
            waiters[i] = state->join(std::move(keys[i]), began);
        } else if (entry != EntryState::kNull) {
            state->refresh_if_due(entry, std::move(keys[i]), hash, now, item, executor);
        }
        results.push_back(found(std::move(item.value)));
    }
    if (state->flies_itself(began, executor, deadline)) {
        co_await State::fly(state, std::move(began), executor);
    }
    for (std::size_t i = 0; i < waiters.size(); ++i) {
        if (waiters[i] == nullptr) continue;
        results[i] = co_await state->await_outcome(std::move(waiters[i]), executor, deadline);
    }
    co_return results;
}

Task<Result<Done>> Engine::invalidate(std::vector<std::string> keys, Deadline deadline) {
    const auto state = state_;
    std::vector<std::string> stored;
    for (const std::string& key : keys) stored.push_back(state->store_key(key));
    auto done = co_await state->context.store().invalidate(
        std::move(stored), state->options.invalidation, deadline
    );
    // Here at once, and whatever became of it: forgetting is never wrong.
    for (const std::string& key : keys) state->forget(key);
    if (!done.ok()) state->note(done.error());
    co_return done;
}

Task<void> Engine::stop() {
    const auto state = state_;
    state->tasks->stop();
    co_await state->tasks->join();
}

void Engine::count(Event event, std::uint64_t times) { state_->counters.add(event, times); }

Stats Engine::stats() const {
    Stats stats;
    for (std::size_t i = 0; i < kEvents; ++i)
        stats.events[i] = state_->counters.of(static_cast<Event>(i));
    const auto event = [&stats](Event e) -> std::uint64_t& {
        return stats.events[static_cast<std::size_t>(e)];
    };
    const L1Stats l1 = state_->l1.stats();
    event(Event::kL1Fresh) += l1.fresh;
    event(Event::kNull) += l1.null;
    event(Event::kL1FillRejected) += l1.rejected;
    stats.l1_entries = l1.entries;
    stats.l1_bytes = l1.bytes;
    stats.flights = state_->flights.size();
    return stats;
}

const std::string& Engine::name() const { return state_->options.name; }

}  // namespace sluice::cache
