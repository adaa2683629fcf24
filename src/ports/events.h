#pragma once
// Outcome events: what became of orders, one event per settled batch, to every node that has somebody waiting. Best
// effort: a lost event is made good by the waiter's own poll of the ledger.

#include <functional>
#include <memory>
#include <vector>

#include "base/ids.h"
#include "domain/order.h"

namespace sluice {

struct OrderOutcome {
    OrderId order;
    OrderState state = OrderState::kAwaitingPayment;
};
struct OutcomeEvent {
    SaleId sale;
    std::vector<OrderOutcome> outcomes;
};

class Events {
public:
    using Listener = std::function<void(const OutcomeEvent&)>;  // called on any thread; must not block
    virtual ~Events() = default;
    virtual void publish(OutcomeEvent event) = 0;
    // Until the returned handle is destroyed.
    virtual std::shared_ptr<void> subscribe(Listener listener) = 0;
};

}  // namespace sluice
