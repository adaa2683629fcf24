#pragma once
// Seeding the stack: ports/platform_import.h over MariaDB or MySQL. Thread-safe.

#include "adapters/mariadb/pool.h"
#include "ports/platform_import.h"

namespace sluice {

class MariaPlatformImport final : public PlatformImport {
public:
    explicit MariaPlatformImport(MariaPool& pool) : pool_(pool) {}

    Task<Result<ImportState>> state(Deadline) override;
    Task<Result<Done>> add(PlatformBatch batch, ImportMark after, Deadline) override;

private:
    MariaPool& pool_;
};

}  // namespace sluice
