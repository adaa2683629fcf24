#pragma once
// What a client is told of an order, wherever it is in its life.

#include <optional>

#include "domain/admission.h"
#include "domain/order.h"

namespace sluice {

struct OrderView {
    OrderId order;
    SaleId sale;
    BuyerId buyer;
    OrderState state = OrderState::kHeld;
    Reason reason = Reason::kNone;
    Units quantity = 0;
    Terms terms;
    WallTime accepted_at;
    std::optional<WallTime> deadline_at;  // set iff awaiting_payment or later

    Cents amount() const { return Cents{terms.price.value() * quantity}; }
};

OrderView view_of(const OrderRow& row);
OrderView view_of(SaleId sale, const AcceptedOrder& held);

}  // namespace sluice
