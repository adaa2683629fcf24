// Paying: the buyer leaves for the payment provider, and the provider's signed word comes back.

#include <algorithm>

#include "adapters/http/json_writer.h"
#include "adapters/http/order_json.h"
#include "adapters/http/public_context.h"

namespace sluice::http {
namespace {

std::string payment_json(const PaymentOutcome& outcome) {
    const PaymentRow& row = outcome.payment;
    JsonObject out;
    out.text("payment_id", row.payment.id.value()).text("order_id", row.payment.order.text());
    out.text("state", to_string(row.state));
    const bool refund = row.refund_reason != RefundReason::kNone;
    out.text_or_null("refund_reason", refund ? to_string(row.refund_reason) : std::string_view{});
    out.text_or_null(
        "replacement_order_id", row.replacement ? row.replacement->text() : std::string{}
    );
    out.boolean("repeated", outcome.repeated);
    return std::move(out).str();
}

// nullopt: errors are recorded in the reader.
std::optional<Payment> read_payment(JsonReader& body) {
    const auto id = body.text("payment_id", 1, kPaymentIdBytesMax);
    const auto order_text = body.text("order_id", 1, 64);
    const auto amount = body.integer("amount_minor", 0, kExactIntegerMax);
    const auto currency_text = body.text("currency", 3, 3);
    const auto order = order_text ? OrderId::parse(*order_text) : std::nullopt;
    const auto currency = currency_text ? Currency::parse(*currency_text) : std::nullopt;
    if (order_text && !order) body.refuse("order_id", "is not an order id");
    if (currency_text && !currency)
        body.refuse("currency", "must be three upper-case letters (ISO 4217)");
    const bool printable =
        !id || std::all_of(id->begin(), id->end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (!printable) body.refuse("payment_id", "must be printable ASCII without spaces");
    if (!id || !order || !amount || !currency) return std::nullopt;
    Payment payment;
    payment.id = PaymentId{*id};
    payment.order = *order;
    payment.amount = Cents{*amount};
    payment.currency = *currency;
    return payment;
}

}  // namespace

Task<Response> open_payment_session(PublicContext& context, const Request& request, BuyerId buyer) {
    ProblemDetails details;
    details.order = OrderId::parse(request.path_values[0]);
    if (!details.order) co_return context.refuse(request, fail(Code::kNotFound));
    const auto view =
        co_await context.services.pay.open_session(*details.order, buyer, context.work_deadline());
    if (!view) co_return context.refuse(request, view.error(), details);
    co_return json_response(200, order_json(*view));
}

Task<Response> notify_payment(PublicContext& context, const Request& request) {
    const auto signature = request.single_header("Sluice-Signature");
    if (!signature) co_return context.refuse(request, signature.error());
    const auto verified = context.services.signatures.verify(
        signature->value_or(std::string_view{}), request.body, context.services.clock.wall()
    );
    if (!verified) co_return context.refuse(request, verified.error());
    auto body = read_body(request);
    if (!body) co_return context.refuse(request, body.error());
    auto payment = read_payment(*body);
    auto wrong = body->finish();
    if (!wrong.empty()) co_return invalid_fields(request, std::move(wrong));
    const auto outcome =
        co_await context.services.pay.notify(*std::move(payment), context.work_deadline());
    if (!outcome) co_return context.refuse(request, outcome.error());
    co_return json_response(200, payment_json(*outcome));
}

}  // namespace sluice::http
