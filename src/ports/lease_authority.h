#pragma once
// Step 2 of a rebuild (docs/protocol.md §9): after it returns, no node can answer 202, or any definite refusal, on
// behalf of an epoch older than `epoch`. The stack sleeps lease + margin; embedded mode, the only process, revokes the
// leases of its own nodes and returns at once.

#include "async/task.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace sluice {

class LeaseAuthority {
public:
    virtual ~LeaseAuthority() = default;
    // Errors: the lease's length could not be learnt; nothing is certain then.
    virtual Task<Result<Done>> revoke_before(SaleId sale, Epoch epoch, Deadline) = 0;
};

}  // namespace sluice
