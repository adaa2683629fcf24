#pragma once
// The end of a sale (docs/protocol.md §3). An open sale whose window has been over for an hour, with nothing held, is
// closed; a paused one waits for a person. A sale that is closed, and for an hour nothing held and nothing awaiting
// payment, loses its gate: the ledger decides and remembers; then the keys go, and the catalogue answers `ended`.
//
// Both hours run on the boot clock, and begin anew in every process: closing is for good, so a wall clock that steps must
// have stood for an hour before it is believed.

#include <unordered_map>

#include "app/catalogue_lease.h"
#include "app/manage_sales.h"
#include "app/ports.h"

namespace sluice {

class RetireSales {
public:
    RetireSales(Ports ports, const CatalogueLease& lease, ManageSales& manage)
        : ports_(ports), lease_(lease), manage_(manage) {}

    Task<void> round(Deadline deadline);

private:
    struct Quiet {
        SaleState state = SaleState::kOpen;
        Instant since;
    };

    Task<void> look_at(const Sale& sale, bool is_over, Deadline deadline);
    Task<bool> nothing_held(const Sale& sale, Deadline deadline);
    Task<void> close(SaleId sale, Deadline deadline);
    Task<void> retire(SaleId sale, Epoch epoch, Deadline deadline);

    Ports ports_;
    LeaseView lease_;
    ManageSales& manage_;
    std::unordered_map<SaleId, Quiet> quiet_;     // over, and nothing held: in which state and since when
    std::unordered_map<SaleId, Epoch> retiring_;  // quiet for long enough, and not certainly gone yet
};

inline constexpr Millis kCloseAfter{3600 * 1000};
inline constexpr Millis kRetireAfter{3600 * 1000};

}  // namespace sluice
