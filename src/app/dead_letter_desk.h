#pragma once
// A person's side of failures: redrive or discard buried orders and buried work, with a reason and an audit row. A reply
// may be lost, so a request whose effect can be seen already is answered ok, and written once.

#include <functional>
#include <string>

#include "app/actor.h"
#include "app/ports.h"
#include "domain/deferred.h"

namespace sluice {

class DeadLetterDesk {
public:
    // `due_now` is called when something became due at once, so that the sweeper looks; may be empty.
    DeadLetterDesk(Ports ports, std::function<void()> due_now) : ports_(ports), due_now_(std::move(due_now)) {}

    // buried → parked and published; ok while it still waits for the attempt of an earlier redrive. Errors: kNotFound,
    // kConflict (not buried).
    Task<Result<Done>> redrive_order(OrderId order, Actor actor, Deadline deadline);
    // buried → order row rejected(discarded); its units become sellable again. ok when it was discarded before.
    Task<Result<Done>> discard_order(OrderId order, Actor actor, Deadline deadline);
    // Likewise. What became of work that is gone cannot be seen: kNotFound.
    Task<Result<Done>> redrive_work(WorkKind kind, std::string key, Actor actor, Deadline deadline);
    Task<Result<Done>> discard_work(WorkKind kind, std::string key, Actor actor, Deadline deadline);

private:
    Task<Result<DeferredWork>> find_work(WorkKind kind, std::string key, Deadline deadline);

    Ports ports_;
    std::function<void()> due_now_;
};

}  // namespace sluice
