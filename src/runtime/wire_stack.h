#pragma once
// Composition root of the stack: Redis, RabbitMQ and MariaDB behind the ports. The only place where
// these adapters are named together. open_stack() is declared in stores.h; here is what commands do
// without a server of their own.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "audit/audit.h"
#include "base/result.h"
#include "ports/log.h"
#include "runtime/config.h"
#include "runtime/seed_stores.h"

namespace sluice {

// Brings the database to this version and declares what is missing at the broker. Errors: kConflict
// (newer, or set up otherwise), kUnavailable.
Result<Done> migrate_stack(const Config& config, Log& log);
std::unique_ptr<audit::Evidence> open_stack_evidence(const Config& config);
// nullopt when Redis cannot be read.
std::optional<std::uint64_t> orders_held(const Config& config, std::uint32_t sale);
// Journal first, then gates, queue and ledger, each over a connection of its own. Blocking.
Result<audit::AuditReport> audit_stack(
    const Config& config, const std::optional<std::string>& journal_path
);

// For seeding: migrates, then calls `work` with the ledger's database. Errors: those of both.
Result<SeedReport> with_stack_import(
    const Config& config, Log& log, const std::function<Result<SeedReport>(PlatformImport&)>& work
);

// See refuse_cancels() in offline.h. The cancel meets what a lock wait timeout is to the ledger's
// client.
Result<Done> refuse_cancels_of_stack(const Config& config, std::uint32_t sale, bool refuse);

// One line of `sluice doctor`.
struct Check {
    std::string name;
    bool ok = false;
    std::string detail;  // what was seen
    std::string fix;     // what to do when not ok
};
// Connects to each store as this configuration says and looks at its settings. Blocking, changes
// nothing.
std::vector<Check> check_stack(const Config& config);

}  // namespace sluice
