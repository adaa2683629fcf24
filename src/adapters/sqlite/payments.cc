#include "adapters/sqlite/payments.h"

#include <algorithm>

#include "adapters/sqlite/ledger_rows.h"
#include "base/check.h"

namespace sluice {
namespace {

LatePayment policy_of(Connection& connection, SaleId sale) {
    const auto row = find_sale_row(connection, sale);
    return row ? row->sale.late_payment : LatePayment::kRefund;
}

void mark(Connection& connection, PaymentRow& payment, PaymentState state, RefundReason reason) {
    const int rows = connection.run(
        "UPDATE payments SET state = ?2, refund_reason = ?3"
        " WHERE payment_id = ?1 AND state = 'unmatched'",
        payment.payment.id, to_string(state), to_string(reason)
    );
    SLUICE_CHECK(rows == 1);
    payment.state = state;
    payment.refund_reason = reason;
}

void pay(Connection& connection, PaymentRow& payment, OrderRow& order) {
    const int rows = connection.run(
        "UPDATE orders SET state = 'paid', payment_id = ?3"
        " WHERE sale_id = ?1 AND order_id = ?2 AND state = 'awaiting_payment'",
        order.sale, order.order, payment.payment.id
    );
    SLUICE_CHECK(rows == 1);  // read in this very transaction
    connection.run(
        "UPDATE sale_stock SET awaiting_payment = awaiting_payment - ?2 WHERE sale_id = ?1",
        order.sale, order.quantity
    );
    order.state = OrderState::kPaid;
    order.payment = payment.payment.id;
    mark(connection, payment, PaymentState::kApplied, RefundReason::kNone);
}

PaymentOutcome decide(Connection& connection, PaymentRow payment, WallTime now) {
    PaymentOutcome outcome;
    const auto target = payment.target();
    outcome.order = find_order_row(connection, target);
    const auto policy = policy_of(connection, target.sale());
    const auto* row = outcome.order ? &*outcome.order : nullptr;
    const auto plan = plan_payment(payment, row, policy, now - payment.received_at);
    outcome.decision = plan.decision;
    if (payment.state == PaymentState::kUnmatched) {
        if (plan.decision == PaymentDecision::kApply) pay(connection, payment, *outcome.order);
        if (plan.decision == PaymentDecision::kRefund) {
            mark(connection, payment, PaymentState::kRefundDue, plan.reason);
        }
    }
    outcome.payment = std::move(payment);
    return outcome;
}

Error unknown_payment(const PaymentId& payment) {
    return fail(Code::kNotFound, "no payment " + payment.value());
}

Error already(const PaymentRow& payment) {
    return fail(Code::kConflict, "the payment is " + std::string(to_string(payment.state)));
}

bool same_contents(const Payment& left, const Payment& right) {
    return left.order == right.order && left.amount == right.amount &&
           left.currency == right.currency;
}

}  // namespace

Result<PaymentOutcome> store_payment(Connection& connection, const Payment& payment, WallTime now) {
    if (auto known = find_payment_row(connection, payment.id)) {
        if (!same_contents(known->payment, payment)) {
            return fail(Code::kConflict, "payment " + payment.id.value() + " has other contents");
        }
        auto outcome = decide(connection, std::move(*known), now);
        outcome.repeated = true;
        return outcome;
    }
    connection.run(
        "INSERT INTO payments (payment_id, order_id, amount, currency, state, refund_reason,"
        " received_at) VALUES (?1, ?2, ?3, ?4, 'unmatched', '', ?5)",
        payment.id, payment.order, payment.amount, payment.currency, now
    );
    PaymentRow row;
    row.payment = payment;
    row.received_at = now;
    return decide(connection, std::move(row), now);
}

Result<PaymentOutcome> decide_stored_payment(
    Connection& connection, const PaymentId& payment, WallTime now
) {
    auto known = find_payment_row(connection, payment);
    if (!known) return unknown_payment(payment);
    auto outcome = decide(connection, std::move(*known), now);
    outcome.repeated = true;
    return outcome;
}

Result<Done> set_replacement(
    Connection& connection, const PaymentId& payment, OrderId replacement
) {
    const auto known = find_payment_row(connection, payment);
    if (!known) return unknown_payment(payment);
    if (known->replacement == replacement) return Done{};
    if (known->state != PaymentState::kUnmatched) return already(*known);
    if (known->replacement) return fail(Code::kConflict, "the payment has another replacement");
    connection.run(
        "UPDATE payments SET replacement = ?2 WHERE payment_id = ?1", payment, replacement
    );
    return Done{};
}

Result<Done> set_refund_due(Connection& connection, const PaymentId& payment, RefundReason reason) {
    if (reason == RefundReason::kNone) return fail(Code::kPermanent, "a refund needs its reason");
    auto known = find_payment_row(connection, payment);
    if (!known) return unknown_payment(payment);
    if (known->state == PaymentState::kRefundDue) return Done{};
    if (known->state != PaymentState::kUnmatched) return already(*known);
    mark(connection, *known, PaymentState::kRefundDue, reason);
    return Done{};
}

std::optional<OrderRow> extend_order_deadline(
    Connection& connection, OrderId order, Millis by, WallTime now
) {
    auto row = find_order_row(connection, order);
    if (!row || row->state != OrderState::kAwaitingPayment) return row;
    const auto until = std::min(now + by, row->deadline_at + kExtensionMax);
    if (until <= row->due_at()) return row;
    connection.run(
        "UPDATE orders SET extended_until = ?3 WHERE sale_id = ?1 AND order_id = ?2", row->sale,
        order, until
    );
    row->extended_until = until;
    return row;
}

}  // namespace sluice
