#include "app/order_view.h"

namespace sluice {

OrderView view_of(const OrderRow& row) {
    OrderView view;
    view.order = row.order;
    view.sale = row.sale;
    view.buyer = row.buyer;
    view.state = row.state;
    view.reason = row.reason;
    view.quantity = row.quantity;
    view.terms = row.terms;
    view.accepted_at = row.accepted_at;
    view.deadline_at = row.due_at();
    return view;
}

OrderView view_of(SaleId sale, const AcceptedOrder& held) {
    OrderView view;
    view.order = held.order;
    view.sale = sale;
    view.buyer = held.buyer;
    view.state = OrderState::kHeld;
    view.quantity = held.quantity;
    view.terms = held.terms;
    view.accepted_at = held.accepted_at;
    return view;
}

}  // namespace sluice
