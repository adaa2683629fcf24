#pragma once
// Failed expiries, cancels and payments (docs/protocol.md §7): one row each, retried by tier, buried after the last
// attempt. Shared by the loops that meet the failure and the sweeper that retries it.

#include <string>

#include "app/ports.h"
#include "domain/retry_policy.h"

namespace sluice {

class DeferWork {
public:
    DeferWork(Ports ports, RetryTiers tiers) : ports_(ports), tiers_(tiers) {}

    // Records one failed attempt of (kind, key): parked for its tier, or buried. Errors: the row could not be written;
    // then the order's own deadline, or the unmatched payment, brings it back.
    Task<Result<Done>> failed(WorkKind kind, std::string key, SaleId sale, Error why, Deadline deadline);
    // Done, or nothing left to do: the row goes, if there is one.
    Task<Result<Done>> finished(WorkKind kind, std::string key, Deadline deadline);

private:
    Ports ports_;
    RetryTiers tiers_;
};

}  // namespace sluice
