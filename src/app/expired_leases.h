#pragma once
// LeaseAuthority of a deployment of several processes: nobody can be told, so everybody's lease is
// waited out.

#include "app/catalogue_lease.h"

namespace sluice {

class ExpiredLeases final : public LeaseAuthority {
public:
    ExpiredLeases(CatalogueLease& own, Ledger& ledger, Clock& clock)
        : own_(own), ledger_(ledger), clock_(clock) {}

    // Returns lease + margin after it was called. How long that is, is read now: a node that still
    // holds the older epoch read the catalogue before, and may have been told of a lease that this
    // process has not seen. Whoever changes the length in the ledger therefore waits for the longer
    // of both before the next change.
    Task<Result<Done>> revoke_before(SaleId sale, Epoch epoch, Deadline) override;

private:
    CatalogueLease& own_;
    Ledger& ledger_;
    Clock& clock_;
};

}  // namespace sluice
