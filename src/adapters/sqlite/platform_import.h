#pragma once
// Seeding embedded mode: ports/platform_import.h over one SQLite Store. Thread-safe.

#include "adapters/sqlite/store_calls.h"
#include "ports/platform_import.h"

namespace sluice {

class SqlitePlatformImport final : public PlatformImport {
public:
    SqlitePlatformImport(Store& store, const Clock& clock) : calls_(store, clock) {}

    Task<Result<ImportState>> state(Deadline) override;
    Task<Result<Done>> add(PlatformBatch batch, ImportMark after, Deadline) override;

private:
    StoreCalls calls_;
};

}  // namespace sluice
