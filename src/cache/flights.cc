#include "cache/flights.h"

#include <utility>

namespace sluice::cache {

Flights::Join Flights::join(FlightPtr& flight, const Waiter& waiter, Instant now) {
    const std::lock_guard lock(mutex_);
    const auto there = flights_.find(flight->key.text);
    if (there != flights_.end()) return join_there(*there->second, waiter, now);
    if (flying_ >= flights_max_) return Join::kFull;
    flight->waiters.push_back(waiter);
    flights_.emplace(flight->key.text, flight);
    ++flying_;
    return Join::kBegan;
}

Flights::Join Flights::join_there(Flight& flight, const Waiter& waiter, Instant now) const {
    if (flight.answer && now < flight.answer_until) {
        waiter->answer(*flight.answer);
        return Join::kJoined;
    }
    if (flight.failure) {
        waiter->answer(*flight.failure);
        return Join::kJoined;
    }
    auto& waiters = flight.waiters;
    if (waiters.size() >= waiters_max_) {
        std::erase_if(waiters, [](const Waiter& each) {
            return each->answered();
        });  // their deadlines came
        if (waiters.size() >= waiters_max_) return Join::kFull;
    }
    waiters.push_back(waiter);
    return Join::kJoined;
}

bool Flights::flying(std::string_view key) const {
    const std::lock_guard lock(mutex_);
    return flights_.find(key) != flights_.end();
}

bool Flights::begin(const FlightPtr& flight, const std::function<bool()>& still) {
    const std::lock_guard lock(mutex_);
    if (flying_ >= flights_max_ || !still()) return false;
    if (!flights_.emplace(flight->key.text, flight).second) return false;
    ++flying_;
    return true;
}

void Flights::answer(Flight& flight, const Outcome& outcome, Instant until) {
    const std::lock_guard lock(mutex_);
    flight.answer = outcome;
    flight.answer_until = until;
    answer_waiters(flight, outcome);
}

void Flights::fail(Flight& flight, const Outcome& outcome) {
    const std::lock_guard lock(mutex_);
    flight.failure = outcome;
    answer_waiters(flight, outcome);
}

void Flights::answer_waiters(Flight& flight, const Outcome& outcome) {
    for (const Waiter& waiter : flight.waiters) waiter->answer(outcome);
    flight.waiters.clear();
}

bool Flights::has_waiters(const Flight& flight) const {
    const std::lock_guard lock(mutex_);
    return !flight.waiters.empty();
}

void Flights::end(const FlightPtr& flight, const Outcome& otherwise) {
    const std::lock_guard lock(mutex_);
    answer_waiters(*flight, otherwise);
    unlist(*flight);
}

std::vector<Waiter> Flights::leave(const FlightPtr& flight) {
    const std::lock_guard lock(mutex_);
    unlist(*flight);
    return std::exchange(flight->waiters, {});
}

void Flights::unlist(Flight& flight) {
    if (flight.listed) flights_.erase(flight.key.text);
    flight.listed = false;
    --flying_;
}

void Flights::detach(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto there = flights_.find(key);
    if (there == flights_.end()) return;
    there->second->listed = false;
    flights_.erase(there);
}

void Flights::detach_all() {
    const std::lock_guard lock(mutex_);
    for (auto& [key, flight] : flights_) flight->listed = false;
    flights_.clear();
}

void Flights::abandon_all(const Outcome& outcome) {
    const std::lock_guard lock(mutex_);
    for (auto& [key, flight] : flights_) {
        answer_waiters(*flight, outcome);
        flight->listed = false;
    }
    flights_.clear();
}

std::size_t Flights::size() const {
    const std::lock_guard lock(mutex_);
    return flying_;
}

}  // namespace sluice::cache
