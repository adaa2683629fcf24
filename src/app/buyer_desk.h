#pragma once
// The use cases that a buyer's request reaches, wired for one io thread: place, read, pay, cancel, review. Not thread-safe.

#include <map>
#include <string>

#include "app/cancel_order.h"
#include "app/pay_order.h"
#include "app/place_order.h"
#include "app/ports.h"
#include "app/read_orders.h"
#include "app/write_reviews.h"

namespace sluice {

using OrderSecrets = std::map<std::uint32_t, std::string>;  // by number

class BuyerDesk {
public:
    BuyerDesk(
        Ports ports, const CatalogueLease& lease, const OrderSecrets& secrets, RetryTiers tiers, Executor executor,
        PlaceLimits limits = {}
    )
        : tasks(executor),
          ids(secrets, ports.entropy),
          waiters(executor, ports.events),
          place(ports, lease, ids, tasks, limits),
          reads(ports, lease, waiters),
          pay(ports, reads, lease, ids, place),
          defer(ports, tiers),
          cancel(ports, reads, defer),
          reviews(ports) {}

    TaskGroup tasks;  // batches in flight: join before the desk goes away
    OrderIds ids;
    OutcomeWaiters waiters;
    PlaceOrder place;
    ReadOrders reads;
    PayOrder pay;
    DeferWork defer;
    CancelOrder cancel;
    WriteReviews reviews;
};

}  // namespace sluice
