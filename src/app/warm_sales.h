#pragma once
// Warms the cache before a sale opens: its page, its goods, its shop and the first pages of what the shop sells and of
// what buyers think of it are read through the cache, so that the crowd of the first second finds them in memory. By
// schedule in every process that serves pages (each has a memory of its own), and by command.
//
// Warming a page is reading it: at any time, twice or not at all, it changes nothing but speed. Not thread-safe.

#include "app/catalogue_lease.h"
#include "ports/log.h"
#include "ports/meter.h"
#include "ports/platform_reader.h"

namespace sluice {

class WarmSales {
public:
    struct Parts {  // all outlive it
        PlatformReader& pages;
        const CatalogueLease& lease;
        Clock& clock;
        Meter& meter;
        Log& log;
    };
    // Sales that open within `ahead` are warmed by round(); 0: none.
    WarmSales(Parts parts, Millis ahead) : parts_(parts), ahead_(ahead) {}

    // Every sale of the catalogue (no drafts) whose window opens soon or opened a moment ago. Returns the pause until
    // the next round, in which nothing has time to cool down. A failure is logged, and tried again then.
    Task<Millis> round();
    // How many pages were read. Errors: kNotFound: no such sale; the stores'.
    Task<Result<std::size_t>> warm(SaleId sale, Deadline deadline);

private:
    bool opens_soon(const Sale& sale, WallTime now) const;

    const Parts parts_;
    const Millis ahead_;
    bool failing_ = false;  // logged at the change only
};

}  // namespace sluice
