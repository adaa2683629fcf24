#pragma once
// The ports with faults: one FaultPlan over FailingGate, FailingLedger and FailingQueue.

#include "support/failing_ports_gate.h"
#include "support/failing_ports_ledger.h"
#include "support/failing_ports_plan.h"
#include "support/failing_ports_queue.h"
