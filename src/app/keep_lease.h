#pragma once
// Keeps this process's lease: reads the catalogue every lease/3, and at once when somebody knows that it changed.

#include "app/catalogue_lease.h"
#include "ports/log.h"

namespace sluice {

class KeepLease {
public:
    KeepLease(Ledger& ledger, Clock& clock, CatalogueLease& lease, Log& log)
        : ledger_(ledger), clock_(clock), lease_(lease), log_(log) {}

    Task<Result<Done>> renew();
    Millis interval() const { return interval_; }

private:
    Ledger& ledger_;
    Clock& clock_;
    CatalogueLease& lease_;
    Log& log_;
    Millis interval_{1'000};
    bool failing_ = false;
};

}  // namespace sluice
