// What a flight does with the database: loads under a lease and commits, or alone when the store is
// away. A load holds one permit of the bulkhead from before its query until the loader has
// returned.

#include <algorithm>
#include <exception>

#include "cache/engine_state.h"
#include "cache/key_record.h"

namespace sluice::cache {
namespace {

std::vector<KeyRef> keys_of(const FlightList& flights) {
    std::vector<KeyRef> keys;
    keys.reserve(flights.size());
    for (const FlightPtr& flight : flights) keys.push_back(flight->key);
    return keys;
}

Millis since(Instant then, Instant now) { return std::chrono::ceil<Millis>(now - then); }

}  // namespace

void Engine::State::keep(
    const Flight& flight, const AnyValue& value, Instant soft, Instant hard, Millis load,
    std::uint64_t ticket
) {
    if (options.l1_bytes == 0) return;
    L1Item item;
    item.value = value;
    item.soft = soft;
    item.hard = hard;
    item.load = load;
    item.ticket = ticket;
    item.null = value == nullptr;
    l1.put(flight.key.text, flight.hash, flight.token, item);
}

// Nobody can invalidate it through the store, so it is fresh for a short while only.
void Engine::State::keep_alone(const Flight& flight, const AnyValue& value, Millis took) {
    const Instant soft =
        context.time().now() +
        std::min(options.outage_ttl, value == nullptr ? options.null_ttl : options.ttl);
    const Instant hard = value == nullptr ? soft : soft + options.grace;
    keep(flight, value, soft, hard, took, flight.seen_ticket);
}

Task<Result<std::vector<AnyValue>>> Engine::State::call_loader(std::vector<KeyRef> keys) {
    const std::size_t count = keys.size();
    counters.add(Event::kLoad, count);
    std::string thrown;
    try {
        auto loaded = co_await kind->load(std::move(keys), context.time().in(options.load_max));
        if (!loaded.ok()) counters.add(Event::kLoadFailed, count);
        co_return loaded;
    } catch (const std::exception& exception) {
        thrown = exception.what();
    }
    counters.add(Event::kLoadFailed, count);
    co_return fail(Code::kInternal, "cache " + options.name + ": the loader threw: " + thrown);
}

Task<void> Engine::State::load_and_commit(
    StatePtr self, Held held, Bulkhead::Place place, Executor executor
) {
    if (self->held_leases.add(held.leases)) self->tasks->spawn(executor, beat(self, executor));
    const Deadline turn_by = self->context.time().in(self->options.load_max);
    if (!co_await place.permit(self->context.time(), executor, turn_by)) {
        self->refuse(held.flights);
        co_await self->give_back(std::move(held.leases), false);
        co_return;
    }
    const Instant began = self->context.time().now();
    auto keys = keys_of(held.flights);
    auto loaded = co_await self->call_loader(std::move(keys));
    const Instant now = self->context.time().now();
    place.leave();
    const FlightList flights = held.flights;
    if (loaded.ok()) {
        for (std::size_t i = 0; i < flights.size(); ++i) {
            self->answer_value(*flights[i], (*loaded)[i], Event::kLoaded, now + self->options.ttl);
        }
        co_await self->commit(std::move(held), std::move(*loaded), since(began, now));
    } else {
        for (const FlightPtr& flight : flights)
            self->answer_error(*flight, loaded.error(), Event::kFailed);
        co_await self->give_back(std::move(held.leases), true);
    }
    for (const FlightPtr& flight : flights) self->finish(flight, executor);
}

void Engine::State::finish(const FlightPtr& flight, const Executor& executor) {
    FlightList began;
    for (const Waiter& waiter : flights.leave(flight)) {
        if (tasks->stopping())
            waiter->answer(ended());
        else
            enlist(flight->key, flight->hash, waiter, began);
    }
    if (began.empty()) return;
    tasks->spawn(executor, fly(shared_from_this(), std::move(began), executor));
}

std::vector<CommitRequest> Engine::State::commits_for(
    const Held& held, const std::vector<AnyValue>& values, Millis took
) const {
    std::vector<CommitRequest> requests;
    requests.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Lease& lease = held.leases[i];
        CommitRequest& request = requests.emplace_back();
        request.lease = lease;
        request.null = values[i] == nullptr;
        request.soft_ttl =
            request.null ? options.null_ttl
                         : spread_ttl(options.ttl, held.flights[i]->hash, lease.seq, lease.ticket);
        request.grace = request.null ? Millis{0} : options.grace;
        request.load = took;
        if (!request.null) request.payload = kind->encode(values[i]);
    }
    return requests;
}

// The readers have their values already. What is not stored is not kept in L1 either: it may be
// older than the last invalidation.
Task<void> Engine::State::commit(Held held, std::vector<AnyValue> values, Millis took) {
    auto requests = commits_for(held, values, took);
    auto committed = co_await context.store().commit(std::move(requests));
    held_leases.remove(held.leases);
    if (!committed.ok()) {
        note(committed.error());
        for (std::size_t i = 0; i < values.size(); ++i)
            keep_alone(*held.flights[i], values[i], took);
        co_return;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Committed& each = (*committed)[i];
        const bool stored = each.verdict == CommitVerdict::kStored;
        counters.add(stored ? Event::kCommitStored : Event::kCommitRejected);
        if (stored) {
            keep(*held.flights[i], values[i], each.soft, each.hard, took, held.leases[i].ticket);
        }
    }
}

Task<void> Engine::State::give_back(std::vector<Lease> leases, bool failed) {
    held_leases.remove(leases);
    std::vector<ReleaseRequest> requests;
    for (Lease& lease : leases) {
        ReleaseRequest& request = requests.emplace_back();
        request.lease = std::move(lease);
        request.failed = failed;
        request.backoff_first = options.backoff_first;
        request.backoff_max = options.backoff_max;
    }
    auto released = co_await context.store().release(std::move(requests));
    if (!released.ok()) note(released.error());  // the lease runs out by itself
}

Task<void> Engine::State::load_without_store(StatePtr self, FlightList flights, Executor executor) {
    auto place = self->context.bulkhead().enter(true);
    if (!place) co_return self->refuse(flights);
    co_await load_alone(self, std::move(flights), std::move(*place), executor);
}

// No lease, no commit: only the bulkhead and the flight protect the database.
Task<void> Engine::State::load_alone(
    StatePtr self, FlightList flights, Bulkhead::Place place, Executor executor
) {
    const Deadline turn_by = self->context.time().in(self->options.load_max);
    if (!co_await place.permit(self->context.time(), executor, turn_by))
        co_return self->refuse(flights);
    const Instant began = self->context.time().now();
    auto keys = keys_of(flights);
    auto loaded = co_await self->call_loader(std::move(keys));
    const Instant now = self->context.time().now();
    place.leave();
    if (loaded.ok()) {
        for (std::size_t i = 0; i < flights.size(); ++i) {
            self->failures_alone.succeeded(flights[i]->hash);
            self->keep_alone(*flights[i], (*loaded)[i], since(began, now));
            self->flights.end(flights[i], outcome_of((*loaded)[i], Event::kLoaded));
        }
        co_return;
    }
    int failures = 0;
    for (const FlightPtr& flight : flights)
        failures = std::max(failures, self->failures_alone.failed(flight->hash));
    flights = co_await self->ask_once_more(std::move(flights));
    for (const FlightPtr& flight : flights)
        self->answer_error(*flight, loaded.error(), Event::kFailed);
    const Millis pause{
        backoff_ms(self->options.backoff_first, self->options.backoff_max, failures)};
    (void)co_await self->nap(now + pause, executor);
    for (const FlightPtr& flight : flights) self->flights.end(flight, ended());
}

// Store and database have both failed these readers. A store that was only late may have a copy that is not past hard, so
// it is asked again, with the patience of a write. Gives back whose flight goes on: all but those with a fresh value.
Task<FlightList> Engine::State::ask_once_more(FlightList left) {
    std::vector<std::string> keys;
    keys.reserve(left.size());
    for (const FlightPtr& flight : left) keys.push_back(store_key(flight->key.text));
    auto read = co_await context.store().read_patiently(std::move(keys));
    if (!read.ok()) {
        note(read.error());
        co_return left;
    }
    FlightList rest;
    for (std::size_t i = 0; i < left.size(); ++i) {
        const auto& value = (*read)[i];
        if (!value || !settle(left[i], *value)) rest.push_back(left[i]);
    }
    co_return rest;
}

Task<void> Engine::State::beat(StatePtr self, Executor executor) {
    for (;;) {
        const Instant next = self->context.time().now() + self->options.heartbeat;
        co_await sleep_until(self->context.time(), executor, next);
        auto leases = self->held_leases.to_extend();
        if (leases.empty()) co_return;
        auto extended =
            co_await self->context.store().extend(std::move(leases), self->options.lease);
        if (!extended.ok()) self->note(extended.error());
    }
}

}  // namespace sluice::cache
