#pragma once
// Payments (docs/protocol.md §8): every validly signed notification is stored once and for ever under its payment id,
// then decided: applied, waiting for its order, refund due, or a replacement order for late money.

#include "app/place_order.h"
#include "app/ports.h"
#include "app/read_orders.h"

namespace sluice {

class PayOrder {
public:
    PayOrder(Ports ports, ReadOrders& reads, const CatalogueLease& lease, OrderIds& ids, PlaceOrder& place)
        : ports_(ports), reads_(reads), lease_(lease), ids_(ids), place_(place) {}

    // Idempotent by payment id. Errors: kInvalidField, kConflict (the id was used with other contents), kUnavailable,
    // kOutcomeUnknown: the provider must send it again.
    Task<Result<PaymentOutcome>> notify(Payment payment, Deadline deadline);
    // The buyer goes to the payment provider: the hold is extended. Errors: kNotFound, kNotSettledYet, kTooLate.
    Task<Result<OrderView>> open_session(OrderId order, BuyerId buyer, Deadline deadline);
    // Tries a stored payment that is still unmatched again: at settlement, and by a sweeper.
    Task<Result<PaymentOutcome>> retry(PaymentId payment, Deadline deadline);

    static constexpr Millis kSessionExtension{5 * 60 * 1000};

private:
    Task<Result<PaymentOutcome>> carry_out(PaymentOutcome outcome, Deadline deadline);
    Task<Result<PaymentOutcome>> replace(PaymentOutcome outcome, Deadline deadline);

    Ports ports_;
    ReadOrders& reads_;
    LeaseView lease_;
    OrderIds& ids_;
    PlaceOrder& place_;
};

}  // namespace sluice
