#include "app/outcome_waiters.h"

#include <boost/asio/post.hpp>

#include "base/ids.h"

namespace sluice {

struct OutcomeWaiters::State {
    std::unordered_multimap<OrderId, Event*> events;

    void wake(const OutcomeEvent& event) {
        if (events.empty()) return;
        for (const auto& outcome : event.outcomes) {
            const auto [first, last] = events.equal_range(outcome.order);
            for (auto it = first; it != last; ++it) it->second->notify();
        }
    }
};

OutcomeWaiters::OutcomeWaiters(Executor executor, Events& events) : state_(std::make_shared<State>()) {
    auto listener = [executor = std::move(executor), weak = std::weak_ptr(state_)](const OutcomeEvent& event) {
        boost::asio::post(executor, [weak, event] {
            if (const auto state = weak.lock()) state->wake(event);
        });
    };
    subscription_ = events.subscribe(std::move(listener));
}

OutcomeWaiters::~OutcomeWaiters() = default;

void OutcomeWaiters::add(OrderId order, Event& event) { state_->events.emplace(order, &event); }

void OutcomeWaiters::remove(OrderId order, Event& event) {
    const auto [first, last] = state_->events.equal_range(order);
    for (auto it = first; it != last; ++it) {
        if (it->second != &event) continue;
        state_->events.erase(it);
        return;
    }
}

}  // namespace sluice
