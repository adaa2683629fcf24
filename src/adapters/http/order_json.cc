#include "adapters/http/order_json.h"

#include "adapters/http/json_writer.h"

namespace sluice::http {

std::string order_json(const OrderView& view, Audience audience) {
    JsonObject out;
    out.text("order_id", view.order.text()).integer("sale_id", view.sale.value());
    if (audience == Audience::kOperator) out.text("buyer_id", view.buyer.value());
    out.text("state", to_string(view.state));
    out.text_or_null(
        "reason", view.reason == Reason::kNone ? std::string_view{} : to_string(view.reason)
    );
    out.integer("quantity", view.quantity).integer("amount_minor", view.amount().value());
    out.text("currency", view.terms.currency.text()).time("accepted_at", view.accepted_at);
    out.time_or_null("deadline_at", view.deadline_at);
    return std::move(out).str();
}

namespace {

Response placed(const PlaceReply& reply) {
    const bool held = reply.view.state == OrderState::kHeld;
    const int status = held ? 202 : reply.direct ? 201 : 200;
    Response response = json_response(status, order_json(reply.view));
    response.set("Location", "/v1/orders/" + reply.view.order.text());
    return response;
}

}  // namespace

Response place_response(const Request& request, const PlaceReply& reply) {
    ProblemDetails details;
    details.order = reply.order;
    Response response;
    if (reply.refusal) {
        const Code code = reply.refusal->code;
        if (code == Code::kSoldOut || code == Code::kLimitReached) details.left = reply.left;
        response = problem(request, *reply.refusal, details);
    } else if (reply.view.state == OrderState::kRejected) {
        details.order = reply.view.order;
        details.reason = to_string(reply.view.reason);
        response = problem(request, fail(Code::kOrderRejected), details);
    } else {
        response = placed(reply);
    }
    if (reply.replayed) response.set("Idempotency-Replayed", "true");
    return response;
}

}  // namespace sluice::http
