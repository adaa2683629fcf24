#pragma once
// Closes the hole "process died between the gate and the queue" (docs/protocol.md §3): holds that are due are published
// again with the gate's epoch. The ledger's primary key makes the copy harmless.

#include "app/catalogue_lease.h"
#include "ports/gate.h"
#include "ports/log.h"
#include "ports/meter.h"
#include "ports/order_queue.h"

namespace sluice {

class RepublishStale {
public:
    RepublishStale(Gate& gate, OrderQueue& queue, const CatalogueLease& lease, Meter& meter)
        : gate_(gate), queue_(queue), lease_(lease), meter_(meter) {}

    // One round over all queued sales; at most kClaimOrdersMax orders a sale.
    Task<void> round(Deadline deadline);

private:
    Gate& gate_;
    OrderQueue& queue_;
    LeaseView lease_;
    Meter& meter_;
};

inline constexpr std::size_t kClaimOrdersMax = 1'000;

}  // namespace sluice
