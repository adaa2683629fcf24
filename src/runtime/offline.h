#pragma once
// What commands do beside or without a running server: migrate the database, read the evidence of
// the stores, issue buyers' tokens, see the time. The composition root of the command line.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "audit/audit.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "ports/log.h"
#include "runtime/config.h"
#include "runtime/secrets.h"

namespace sluice {

// Embedded: owns the directory while it runs. Errors: kConflict (a server runs, or a newer version
// wrote the database), kUnavailable.
Result<Done> migrate_store(const Config& config, Log& log);

// One consistent read of the ledger, on a connection of its own, whether a server runs or not.
// Lives as long as the snapshot is needed. Reads that fail say so one by one.
std::unique_ptr<audit::Evidence> open_evidence(const Config& config);

// Orders that are accepted and not in the ledger yet: those in the queue, or in the stack those that
// the gate holds (a broker's messages cannot be read). nullopt when that cannot be read.
std::optional<std::uint64_t> orders_underway(const Config& config, std::uint32_t sale);

// Judges the laws without asking a server. In embedded mode no gate is alive then. Errors:
// kInvalidField (journal), kUnavailable (there are no stores).
Result<audit::AuditReport> audit_stores(
    const Config& config, const std::optional<std::string>& journal
);

// For drills: a trigger in the ledger that makes every cancel of the sale fail, or its end. Idempotent.
// Errors: kUnavailable.
Result<Done> refuse_cancels(const Config& config, std::uint32_t sale, bool refuse);

// buyer → bearer token, valid until `expires`.
std::function<std::string(const std::string&)> token_issuer(
    const Secrets& secrets, WallTime expires
);

WallTime wall_now();

}  // namespace sluice
