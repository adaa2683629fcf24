#pragma once
// Parking and burying (docs/protocol.md §7): an order leaves the queue unsettled only after its deferred row is
// committed. The tier message that follows is only a timer and the gate's park only a courtesy; both may be lost.

#include <span>
#include <vector>

#include "app/change_ledger.h"
#include "app/ports.h"
#include "domain/settlement.h"

namespace sluice {

class DeferOrders {
public:
    DeferOrders(Ports ports, RetryTiers tiers) : ports_(ports), tiers_(tiers) {}

    // Counts this failed attempt of every order and parks it for its next tier, or buries it after the last attempt, or
    // at once when `why` is permanent. Orders that are settled or stale by now need nothing. An error means that no row
    // was written: the caller keeps the messages.
    Task<Result<Done>> defer(SaleId sale, std::vector<RunOrder> run, Error why, Deadline deadline);

    // A buried order came by again: it stays with its person, and the gate asks less often.
    Task<void> park_again(SaleId sale, Epoch epoch, std::vector<OrderId> orders, Deadline deadline);

private:
    std::vector<DeferredOrder> rows_of(
        const SaleSnapshot& snapshot, const std::vector<RunOrder>& run, const Error& why
    ) const;
    Task<void> announce(SaleId sale, Epoch epoch, std::vector<DeferredOrder> rows, Deadline deadline);
    Task<void> start_timers(SaleId sale, const std::vector<DeferredOrder>& rows, Deadline deadline);

    Ports ports_;
    RetryTiers tiers_;
};

// How long the gate waits before it offers a buried order for re-publishing again.
inline constexpr Millis kBuriedGateDelay{600'000};

}  // namespace sluice
