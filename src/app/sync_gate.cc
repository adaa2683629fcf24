#include "app/sync_gate.h"

#include <utility>

namespace sluice {

Task<void> sync_gate(Gate& gate, Meter& meter, LedgerTruth truth, Deadline deadline) {
    auto synced = co_await gate.sync(std::move(truth), deadline);
    if (!synced.ok()) meter.count(Count::kSyncLost, 1);
}

}  // namespace sluice
