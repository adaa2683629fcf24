// What a flight does between its begin and a load: asks the store, then for the lease, and waits
// for whoever has it.

#include <algorithm>
#include <exception>

#include "cache/engine_state.h"

namespace sluice::cache {
namespace {

constexpr Millis kNapMax{200};  // so long stop() may have to wait for a flight that rests

}  // namespace

void Engine::State::answer_value(
    Flight& flight, const AnyValue& value, Event event, Instant until
) {
    flights.answer(flight, outcome_of(value, event), until);
}

void Engine::State::answer_error(Flight& flight, const Error& error, Event event) {
    flights.fail(flight, Outcome{error, event});
}

void Engine::State::refuse(const FlightList& refused) {
    const Outcome outcome{
        fail(Code::kOverloaded, "cache " + options.name + ": too many loads wait"),
        Event::kRefused};
    for (const FlightPtr& flight : refused) flights.end(flight, outcome);
}

Task<bool> Engine::State::nap(Instant until, Executor executor) {
    for (Instant now = context.time().now(); now < until; now = context.time().now()) {
        if (tasks->stopping()) co_return false;
        co_await sleep_until(context.time(), executor, std::min(until, now + kNapMax));
    }
    co_return !tasks->stopping();
}

// Foreign bytes: a codec that throws at them has not understood them.
AnyValue Engine::State::decode(const std::string& key, const std::string& payload) {
    try {
        return kind->decode(key, payload);
    } catch (const std::exception&) {
        return nullptr;
    }
}

// A value of the store: into L1, to those who wait, and the end of the flight unless it has to be
// replaced.
bool Engine::State::settle(const FlightPtr& flight, const StoredValue& value) {
    const EntryState entry = state_of(value.soft, value.hard, value.null, context.time().now());
    flight->seen_ticket = value.ticket;
    if (entry == EntryState::kAbsent) return false;
    AnyValue decoded;
    if (!value.null) {
        decoded = decode(flight->key.text, value.payload);
        if (decoded == nullptr) {
            counters.add(Event::kUndecodable);
            return false;
        }
    }
    keep(*flight, decoded, value.soft, value.hard, value.load, value.ticket);
    const bool done = entry != EntryState::kStale;
    if (done) {
        flights.end(flight, outcome_of(decoded, Event::kL2Fresh));
    } else {
        answer_value(*flight, decoded, Event::kL2Stale, value.hard);
    }
    return done;
}

std::vector<AcquireRequest> Engine::State::requests_for(const FlightList& list) {
    std::vector<AcquireRequest> requests;
    requests.reserve(list.size());
    for (const FlightPtr& flight : list) {
        AcquireRequest& request = requests.emplace_back();
        request.key = store_key(flight->key.text);
        request.owner = context.unique();
        request.seen_ticket = flight->seen_ticket;
        request.lease = options.lease;
        request.load_max = options.load_max;
    }
    return requests;
}

Task<void> Engine::State::fly(StatePtr self, FlightList flights, Executor executor) {
    const RunningTasks::Guard guard(self->tasks);
    std::vector<std::string> keys;
    keys.reserve(flights.size());
    for (const FlightPtr& flight : flights) keys.push_back(self->store_key(flight->key.text));
    auto read = co_await self->context.store().read(std::move(keys));
    if (!read.ok()) {
        self->note(read.error());
        self->tasks->spawn(executor, load_without_store(self, std::move(flights), executor));
        co_return;
    }
    FlightList rest;
    for (std::size_t i = 0; i < flights.size(); ++i) {
        const auto& value = (*read)[i];
        if (!value || !self->settle(flights[i], *value)) rest.push_back(flights[i]);
    }
    if (!rest.empty()) self->tasks->spawn(executor, rebuild(self, std::move(rest), executor));
}

// Asking the store takes read_max at most, so a reader with more time than that does it itself: a
// hit of the second level needs no task and no timer of its own. True: it must co_await fly() now.
// False: there is nothing to fly, or it is on its way in a task of its own.
bool Engine::State::flies_itself(FlightList& began, const Executor& executor, Deadline deadline) {
    if (began.empty()) return false;
    if (!deadline.passed(context.time().now() + context.store().read_max())) return true;
    tasks->spawn(executor, fly(shared_from_this(), std::move(began), executor));
    return false;
}

// A place in the bulkhead first: without one, a lease would only keep others from loading.
Task<void> Engine::State::rebuild(StatePtr self, FlightList flights, Executor executor) {
    bool urgent = false;
    for (const FlightPtr& flight : flights) urgent = urgent || self->flights.has_waiters(*flight);
    auto place = self->context.bulkhead().enter(urgent);
    if (!place) co_return self->refuse(flights);
    auto requests = self->requests_for(flights);
    auto acquired = co_await self->context.store().acquire(std::move(requests));
    if (!acquired.ok()) {
        self->note(acquired.error());
        co_await load_alone(self, std::move(flights), std::move(*place), executor);
        co_return;
    }
    Held mine;
    for (std::size_t i = 0; i < flights.size(); ++i) {
        Acquired& each = (*acquired)[i];
        if (each.verdict == AcquireVerdict::kAcquired) {
            mine.flights.push_back(flights[i]);
            mine.leases.push_back(std::move(each.lease));
        } else if (!each.value || !self->settle(flights[i], *each.value)) {
            const Millis wait = each.value ? Millis{0} : each.wait;
            self->tasks->spawn(
                executor, await_other(self, flights[i], each.verdict, wait, executor)
            );
        }
    }
    if (!mine.flights.empty()) {
        co_await load_and_commit(self, std::move(mine), std::move(*place), executor);
    }
}

// Nobody loads after a failure until the backoff is over: readers are told so, or get what is not
// past hard.
Task<void> Engine::State::rest(FlightPtr flight, Millis wait, Executor executor) {
    counters.add(Event::kLeaseBackoff);
    const Error why = fail(
        Code::kUnavailable, "cache " + options.name + ": loading failed; tried again after a rest"
    );
    answer_error(*flight, why, Event::kFailed);
    (void)co_await nap(context.time().now() + wait, executor);
    flights.end(flight, ended());
}

// Somebody else has the lease: asks again until a value is there, or until its holder is gone and
// it is ours.
Task<void> Engine::State::await_other(
    StatePtr self, FlightPtr flight, AcquireVerdict verdict, Millis wait, Executor executor
) {
    const Instant give_up = flight->began + 2 * self->options.load_max + self->options.lease;
    Millis poll = self->options.poll_first;
    for (;;) {
        if (verdict == AcquireVerdict::kBackingOff) {
            co_await self->rest(flight, wait, executor);
            co_return;
        }
        self->counters.add(Event::kLeaseBusy);
        const Instant again = self->context.time().now() + std::min(wait, poll);
        if (again > give_up || !co_await self->nap(again, executor)) {
            self->flights.end(flight, ended());
            co_return;
        }
        poll = std::min(poll * 2, self->options.poll_max);
        FlightList one{flight};
        auto place = self->context.bulkhead().enter(self->flights.has_waiters(*flight));
        if (!place) co_return self->refuse(one);
        auto requests = self->requests_for(one);
        auto acquired = co_await self->context.store().acquire(std::move(requests));
        if (!acquired.ok()) {
            self->note(acquired.error());
            co_await load_alone(self, std::move(one), std::move(*place), executor);
            co_return;
        }
        Acquired& mine = acquired->front();
        if (mine.verdict == AcquireVerdict::kAcquired) {
            Held held;
            held.flights = std::move(one);
            held.leases.push_back(std::move(mine.lease));
            co_await load_and_commit(self, std::move(held), std::move(*place), executor);
            co_return;
        }
        if (mine.value && self->settle(flight, *mine.value)) co_return;
        verdict = mine.verdict;
        wait = mine.value ? Millis{0} : mine.wait;
    }
}

}  // namespace sluice::cache
