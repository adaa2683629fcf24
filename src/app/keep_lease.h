#pragma once
// Keeps this process's lease: reads the catalogue every lease/3, and at once when somebody knows that it changed.

#include "app/catalogue_lease.h"
#include "app/ports.h"

namespace sluice {

class KeepLease {
public:
    KeepLease(Ports ports, CatalogueLease& lease) : ports_(ports), lease_(lease) {}

    Task<Result<Done>> renew();
    Millis interval() const { return interval_; }

private:
    Ports ports_;
    CatalogueLease& lease_;
    Millis interval_{1'000};
    bool failing_ = false;
};

}  // namespace sluice
