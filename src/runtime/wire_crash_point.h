#pragma once
// The crash point that a process was given in SLUICE_CRASH_AT (adapters/intercepted/README.md), put around
// its gate, queue and ledger. Without the variable the stores are returned as they are.

#include <memory>

#include "base/result.h"
#include "ports/log.h"
#include "runtime/stores.h"

namespace sluice {

// Errors: kInvalidField when the variable cannot be read.
Result<std::unique_ptr<Stores>> with_crash_point(std::unique_ptr<Stores> stores, Log& log);

}  // namespace sluice
