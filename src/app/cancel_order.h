#pragma once
// A buyer, or an operator, gives an order back before it is paid. Against a payment or the expiry exactly one wins; the
// loser is told.

#include "app/actor.h"
#include "app/change_ledger.h"
#include "app/deferred_work.h"
#include "app/ports.h"
#include "app/read_orders.h"

namespace sluice {

class CancelOrder {
public:
    CancelOrder(Ports ports, ReadOrders& reads, DeferWork& defer)
        : ports_(ports), reads_(reads), defer_(defer) {}

    struct Reply {
        OrderView view;
        bool pending = false;  // the ledger refused for now; the cancel is recorded as deferred work and will be retried
    };
    // Waits for a held order to settle until shortly before the deadline, then kNotSettledYet. kTooLate when it is paid
    // or rejected. Cancelling a cancelled order is answered with the order.
    Task<Result<Reply>> cancel(OrderId order, BuyerId owner, Deadline deadline);
    // The same for any order; leaves an audit row, also when it is pending.
    Task<Result<Reply>> cancel_by_operator(OrderId order, Actor actor, Deadline deadline);

private:
    struct Wish {
        OrderId order;
        std::optional<BuyerId> owner;   // nullopt: any
        std::optional<AuditNote> note;  // set iff an operator's
    };
    Task<Result<Reply>> run(Wish wish, Deadline deadline);
    Task<Result<Done>> write(const Wish& wish, Deadline deadline);
    Task<Result<Done>> leave_for_later(const Wish& wish, Error why, Deadline deadline);

    Ports ports_;
    ReadOrders& reads_;
    DeferWork& defer_;
};

}  // namespace sluice
