#pragma once
// Fills an empty platform with generated shops, goods and reviews (src/seed), embedded or on the
// stack. No server is needed; in embedded mode none may run. The work is cut into transactions of
// whole shops, so that scores are exact at every moment, and what was cut off goes on when the same
// numbers are asked for again.

#include <functional>

#include "base/result.h"
#include "ports/log.h"
#include "ports/platform_import.h"
#include "runtime/config.h"
#include "seed/generator.h"

namespace sluice {

struct SeedReport {
    std::int64_t shops = 0;  // written now
    std::int64_t goods = 0;
    std::int64_t reviews = 0;
    bool was_complete = false;  // this very platform was there already: nothing was written
};
using SeedProgress = std::function<void(std::int64_t shops_done, std::int64_t reviews_done)>;

// Errors: kConflict (there are other shops, or a server owns the directory), kUnavailable.
Result<SeedReport> seed_stores(
    const Config& config, Log& log, seed::Size size, SeedProgress progress
);

// The same over any import, batch by batch.
Task<Result<SeedReport>> import_seed(PlatformImport& into, seed::Size size, SeedProgress progress);

}  // namespace sluice
