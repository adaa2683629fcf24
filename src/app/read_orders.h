#pragma once
// Looking at orders: the ledger first, then the gate's held hash. While a gate recovers, an unknown id is kRecovering,
// never "not found". Foreign and missing orders look alike.

#include <optional>

#include "app/catalogue_lease.h"
#include "app/order_view.h"
#include "app/outcome_waiters.h"
#include "app/ports.h"

namespace sluice {

class ReadOrders {
public:
    ReadOrders(Ports ports, const CatalogueLease& lease, OutcomeWaiters& waiters)
        : ports_(ports), lease_(lease), waiters_(waiters) {}

    // owner nullopt: an operator, who may see every order.
    Task<Result<OrderView>> find(OrderId order, std::optional<BuyerId> owner, Deadline deadline);
    // Like find, but while the order is held waits until it is settled or `until` has come (then still held).
    Task<Result<OrderView>> wait_settled(OrderId order, std::optional<BuyerId> owner, Instant until, Deadline deadline);

private:
    Ports ports_;
    LeaseView lease_;
    OutcomeWaiters& waiters_;
};

}  // namespace sluice
