#pragma once
// Orders as the interface shows them, and the answer to a request to buy. Pure.

#include <string>

#include "adapters/http/problem.h"
#include "app/order_view.h"
#include "app/place_order.h"

namespace sluice::http {

// {order_id, sale_id, state, reason, quantity, amount_minor, currency, accepted_at, deadline_at};
// operators also see buyer_id.
std::string order_json(const OrderView& view, Audience audience = Audience::kPublic);

inline bool is_final(OrderState state) {
    return state == OrderState::kPaid || state == OrderState::kCancelled ||
           state == OrderState::kRejected;
}

// docs/protocol.md §4: 202 while held, 201 from direct mode, 200 for a replay of a settled order,
// 409 for a rejected one, else the refusal.
Response place_response(const Request& request, const PlaceReply& reply);

}  // namespace sluice::http
