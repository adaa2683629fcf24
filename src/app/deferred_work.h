#pragma once
// Failed expiries, cancels and payments (docs/protocol.md §7): one row each, retried by tier, buried after the last
// attempt. Shared by the loops that meet the failure and the sweeper that retries it.

#include <string>

#include "domain/retry_policy.h"
#include "ports/clock.h"
#include "ports/ledger.h"
#include "ports/log.h"
#include "ports/meter.h"
#include "ports/order_queue.h"

namespace sluice {

class DeferWork {
public:
    DeferWork(Ledger& ledger, OrderQueue& queue, Clock& clock, RetryTiers tiers, Meter& meter, Log& log)
        : ledger_(ledger), queue_(queue), clock_(clock), tiers_(tiers), meter_(meter), log_(log) {}

    // Records one failed attempt of (kind, key): parked for its tier, or buried. Errors: the row could not be written;
    // then the order's own deadline, or the unmatched payment, brings it back.
    Task<Result<Done>> failed(WorkKind kind, std::string key, SaleId sale, Error why, Deadline deadline);
    // Done, or nothing left to do: the row goes, if there is one.
    Task<Result<Done>> finished(WorkKind kind, std::string key, Deadline deadline);

private:
    Ledger& ledger_;
    OrderQueue& queue_;
    Clock& clock_;
    RetryTiers tiers_;
    Meter& meter_;
    Log& log_;
};

}  // namespace sluice
