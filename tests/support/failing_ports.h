#pragma once
// The ports with faults: one FaultPlan over FailingGate, FailingLedger and FailingQueue.

#include "adapters/intercepted/gate.h"
#include "adapters/intercepted/ledger.h"
#include "adapters/intercepted/order_queue.h"
#include "support/failing_ports_plan.h"

namespace sluice {

using FailingGate = InterceptedGate<FaultPlan>;
using FailingLedger = InterceptedLedger<FaultPlan>;
using FailingConsumer = InterceptedConsumer<FaultPlan>;
using FailingQueue = InterceptedQueue<FaultPlan>;

}  // namespace sluice
