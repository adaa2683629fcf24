#pragma once
// What commands do beside or without a running server: migrate the database, read the evidence of
// the stores, issue buyers' tokens, see the time. The composition root of the command line.

#include <functional>
#include <memory>
#include <string>

#include "audit/evidence.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "ports/log.h"
#include "runtime/secrets.h"

namespace sluice {

// Owns the directory while it runs. Errors: kConflict (a server runs, or a newer version wrote the
// file), kUnavailable.
Result<Done> migrate_store(const std::string& data_dir, Log& log);

// One consistent read of the stores, on a connection of its own, whether a server runs or not.
// Lives as long as the snapshot is needed. Reads that fail say so one by one.
std::unique_ptr<audit::Evidence> open_evidence(const std::string& data_dir);

// buyer → bearer token, valid until `expires`.
std::function<std::string(const std::string&)> token_issuer(
    const Secrets& secrets, WallTime expires
);

WallTime wall_now();

}  // namespace sluice
