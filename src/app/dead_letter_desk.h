#pragma once
// A person's side of failures: redrive or discard buried orders and buried work, with a reason and an audit row.

#include "app/manage_sales.h"
#include "domain/deferred.h"
#include "ports/ledger.h"
#include "ports/order_queue.h"

namespace sluice {

class DeadLetterDesk {
public:
    // `due_now` is called when something became due at once, so that the sweeper looks; may be empty.
    DeadLetterDesk(
        Ledger& ledger, Gate& gate, OrderQueue& queue, Clock& clock, Meter& meter,
        std::function<void()> due_now
    );

    // buried → parked and published. Errors: kNotFound, kConflict (not buried).
    Task<Result<Done>> redrive_order(OrderId order, Actor actor, Deadline deadline);
    // buried → order row rejected(discarded); its units become sellable again.
    Task<Result<Done>> discard_order(OrderId order, Actor actor, Deadline deadline);
    Task<Result<Done>> redrive_work(WorkKind kind, std::string key, Actor actor, Deadline deadline);
    Task<Result<Done>> discard_work(WorkKind kind, std::string key, Actor actor, Deadline deadline);

private:
    Task<Result<DeferredWork>> buried_work(WorkKind kind, std::string key, Deadline deadline);

    Ledger& ledger_;
    Gate& gate_;
    OrderQueue& queue_;
    Clock& clock_;
    Meter& meter_;
    std::function<void()> due_now_;
};

}  // namespace sluice
