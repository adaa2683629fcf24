#pragma once
// Step 2 of a rebuild (docs/protocol.md §9): after it returns, no node can answer 202, or any definite refusal, on
// behalf of an epoch older than `epoch`. The stack sleeps lease + margin; embedded mode, the only process, revokes the
// leases of its own nodes and returns at once.

#include "async/task.h"
#include "base/ids.h"

namespace sluice {

class LeaseAuthority {
public:
    virtual ~LeaseAuthority() = default;
    virtual Task<void> revoke_before(SaleId sale, Epoch epoch) = 0;
};

}  // namespace sluice
