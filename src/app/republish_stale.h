#pragma once
// Closes the hole "process died between the gate and the queue" (docs/protocol.md §3): holds that are due are published
// again with the gate's epoch. The ledger's primary key makes the copy harmless.

#include "app/catalogue_lease.h"
#include "app/ports.h"

namespace sluice {

class RepublishStale {
public:
    RepublishStale(Ports ports, const CatalogueLease& lease) : ports_(ports), lease_(lease) {}

    // One round over all queued sales; at most kClaimOrdersMax orders a sale.
    Task<void> round(Deadline deadline);

private:
    Ports ports_;
    LeaseView lease_;
};

inline constexpr std::size_t kClaimOrdersMax = 1'000;

}  // namespace sluice
