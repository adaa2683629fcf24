#pragma once
// The audit of a running server: gates first, then the stores through the auditor's own connection, on a thread of its
// own, so that a long audit delays nobody.

#include <optional>
#include <string>

#include "adapters/memory/memory_gate.h"
#include "async/lane.h"
#include "audit/audit.h"
#include "async/task.h"

namespace sluice {

class Auditor {
public:
    Auditor(MemoryGate& gate, std::string store_path) : gate_(gate), store_path_(std::move(store_path)) {}

    // journal: path of a client's journal. Errors: kInvalidField when it cannot be read.
    Task<Result<audit::AuditReport>> run(std::optional<std::string> journal);

private:
    MemoryGate& gate_;
    std::string store_path_;
    ThreadLane lane_{"audit"};
};

}  // namespace sluice
