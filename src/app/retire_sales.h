#pragma once
// The end of a sale's gate (docs/protocol.md §3): closed, and for an hour nothing held and nothing awaiting payment. The
// ledger decides and remembers; then the keys go, and the catalogue answers `ended`.

#include <unordered_map>

#include "app/catalogue_lease.h"
#include "ports/clock.h"
#include "ports/gate.h"
#include "ports/ledger.h"

namespace sluice {

class RetireSales {
public:
    RetireSales(Gate& gate, Ledger& ledger, Clock& clock, const CatalogueLease& lease)
        : gate_(gate), ledger_(ledger), clock_(clock), lease_(lease) {}

    Task<void> round(Deadline deadline);

private:
    Task<bool> quiet(const Sale& sale, Deadline deadline);
    Task<void> retire(SaleId sale, Epoch epoch, Deadline deadline);

    Gate& gate_;
    Ledger& ledger_;
    Clock& clock_;
    LeaseView lease_;
    std::unordered_map<SaleId, Instant> quiet_since_;
    std::unordered_map<SaleId, Epoch> retiring_;  // quiet for long enough, and not certainly gone yet
};

inline constexpr Millis kRetireAfter{3600 * 1000};

}  // namespace sluice
