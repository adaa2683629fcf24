#pragma once
// Telling the gate what the ledger committed. A sync may be lost: it is counted, and repaired by the next one, by
// claim_stale → duplicate → sync, or by reconciliation (docs/protocol.md §3). So nobody waits for it to succeed.

#include "ports/gate.h"
#include "ports/meter.h"

namespace sluice {

Task<void> sync_gate(Gate& gate, Meter& meter, LedgerTruth truth, Deadline deadline);

}  // namespace sluice
