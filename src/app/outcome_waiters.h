#pragma once
// Who waits for the outcome of which order on this io thread. Events wake them; a lost event costs at most one poll
// interval, because each waiter also asks the ledger once a second. Bounded: beyond the limit a waiter only polls.

#include <memory>
#include <unordered_map>

#include "async/event.h"
#include "async/task.h"
#include "ports/events.h"

namespace sluice {

class OutcomeWaiters {
public:
    OutcomeWaiters(Executor executor, Events& events);
    ~OutcomeWaiters();
    OutcomeWaiters(const OutcomeWaiters&) = delete;
    OutcomeWaiters& operator=(const OutcomeWaiters&) = delete;

    // `event` is notified when the order's outcome is published; must be removed before it dies.
    void add(OrderId order, Event& event);
    void remove(OrderId order, Event& event);

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with events in flight to this thread
    std::shared_ptr<void> subscription_;
};

inline constexpr Millis kOutcomePollInterval{1'000};

}  // namespace sluice
