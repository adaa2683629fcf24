#pragma once
// change_ledger: the one way to write a planned change. Snapshot, plan, apply; a conflict plans again from a new snapshot
// at once; a transient or unknown failure is repeated up to kImmediateRetriesMax times, the business check included,
// because every repeat starts from a new snapshot (docs/protocol.md §6, §7).

#include <functional>
#include <optional>

#include "domain/retry_policy.h"
#include "ports/clock.h"
#include "ports/ledger.h"
#include "ports/meter.h"

namespace sluice {

// May be called several times, each time with a newer snapshot; nullopt: nothing (left) to write.
using Planner = std::function<std::optional<LedgerChange>(const SaleSnapshot&)>;

struct ChangeOutcome {
    std::optional<LedgerTruth> truth;  // set iff a change was committed
    bool sealed = false;               // the ledger refused: the epoch is sealed and the order was never promised
};

// Version conflicts in a row before giving up as transient: each means that somebody else made progress.
inline constexpr int kReplansMax = 100;

Task<Result<ChangeOutcome>> change_ledger(
    Ledger& ledger, Meter& meter, SnapshotQuery query, Planner plan, Deadline deadline
);

}  // namespace sluice
