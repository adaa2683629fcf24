#include "app/pay_order.h"

#include <utility>

namespace sluice {
namespace {

// Why late money could not buy its order again.
RefundReason refund_reason(Code refusal) {
    const bool shut = refusal == Code::kNotOpen || refusal == Code::kPaused || refusal == Code::kEnded;
    if (shut) return RefundReason::kSaleShutForLateMoney;
    return refusal == Code::kLimitReached ? RefundReason::kLimitForLateMoney : RefundReason::kNoStockForLateMoney;
}

}  // namespace

Task<Result<PaymentOutcome>> PayOrder::notify(Payment payment, Deadline deadline) {
    if (payment.id.value().empty() || payment.id.value().size() > kPaymentIdBytesMax) {
        co_return fail(Code::kInvalidField, "payment_id must have 1 to 128 characters");
    }
    if (payment.amount.value() < 0) co_return fail(Code::kInvalidField, "amount_minor must not be negative");
    auto recorded = co_await ports_.ledger.record_payment(std::move(payment), deadline);
    if (!recorded.ok()) co_return recorded.error();
    co_return co_await carry_out(std::move(*recorded), deadline);
}

Task<Result<PaymentOutcome>> PayOrder::retry(PaymentId payment, Deadline deadline) {
    auto outcome = co_await ports_.ledger.settle_payment(std::move(payment), deadline);
    if (!outcome.ok()) co_return outcome.error();
    co_return co_await carry_out(std::move(*outcome), deadline);
}

// A payment that waits for its replacement order tries to place that order again: its id is derived from the payment, so
// a repeat is the same order.
Task<Result<PaymentOutcome>> PayOrder::carry_out(PaymentOutcome outcome, Deadline deadline) {
    const bool waits_for_replacement = outcome.decision == PaymentDecision::kWait && outcome.payment.replacement;
    if (outcome.decision == PaymentDecision::kReplace || waits_for_replacement) {
        co_return co_await replace(std::move(outcome), deadline);
    }
    co_return outcome;
}

Task<Result<PaymentOutcome>> PayOrder::replace(PaymentOutcome outcome, Deadline deadline) {
    const PaymentId payment = outcome.payment.payment.id;
    const OrderId cancelled = outcome.payment.payment.order;
    auto before = co_await reads_.find(cancelled, std::nullopt, deadline);
    if (!before.ok()) co_return before.error();
    const Sale* sale = lease_.read().find(cancelled.sale());
    auto refund = [&](RefundReason reason) { return ports_.ledger.refund_payment(payment, reason, deadline); };
    const auto order =
        sale == nullptr ? std::nullopt : ids_.derive_replacement(sale->secret_number, sale->id, payment);
    if (!order) {
        auto refunded = co_await refund(RefundReason::kOrderCancelled);
        if (!refunded.ok()) co_return refunded.error();
        co_return co_await ports_.ledger.settle_payment(payment, deadline);
    }
    // First the ledger knows which order the money waits for; only then is that order asked for.
    auto linked = co_await ports_.ledger.replace_order(payment, *order, deadline);
    if (!linked.ok()) co_return linked.error();
    PlaceRequest request;
    request.sale = cancelled.sale();
    request.buyer = before->buyer;
    request.quantity = before->quantity;
    request.order = order;
    const PlaceReply reply = co_await place_.place(std::move(request), deadline);
    if (reply.refusal && info(reply.refusal->code).http_status == 409) {
        const RefundReason reason = refund_reason(reply.refusal->code);
        ports_.log.info(
            "pay", "late money is given back",
            {{"payment_id", payment.value()}, {"reason", std::string(to_string(reason))}}
        );
        auto refunded = co_await refund(reason);
        if (!refunded.ok()) co_return refunded.error();
    }
    co_return co_await ports_.ledger.settle_payment(payment, deadline);
}

Task<Result<OrderView>> PayOrder::open_session(OrderId order, BuyerId buyer, Deadline deadline) {
    auto view = co_await reads_.find(order, buyer, deadline);
    if (!view.ok()) co_return view.error();
    if (view->state == OrderState::kHeld) co_return fail(Code::kNotSettledYet);
    if (view->state != OrderState::kAwaitingPayment) {
        co_return fail(Code::kTooLate, "the order is " + std::string(to_string(view->state)));
    }
    auto row = co_await ports_.ledger.extend_deadline(order, kSessionExtension, deadline);
    if (!row.ok()) co_return row.error();
    if (!row->has_value()) co_return fail(Code::kNotFound);
    if ((*row)->state != OrderState::kAwaitingPayment) {
        co_return fail(Code::kTooLate, "the order is " + std::string(to_string((*row)->state)));
    }
    co_return view_of(**row);
}

}  // namespace sluice
