#include "adapters/mariadb/payments.h"

#include <algorithm>

#include "adapters/mariadb/rows.h"

namespace sluice::maria {
namespace {

// Payments of one sale that commit at the same time seldom take the same row of paid_units.
constexpr int kPaidSlots = 16;

LatePayment policy_of(Connection& connection, SaleId sale) {
    const auto row = find_sale_row(connection, sale);
    return row ? row->sale.late_payment : LatePayment::kRefund;
}

// Of a row that the caller has read and locked, so its state holds.
void expect_one(std::uint64_t rows, const char* what) {
    if (rows != 1) throw SqlError(0, std::string(what) + " changed under its lock");
}

// The caller has locked the row.
void mark(Connection& connection, PaymentRow& payment, PaymentState state, RefundReason reason) {
    const auto rows = connection.run(
        "UPDATE payments SET state = ?, refund_reason = ?"
        " WHERE payment_id = ? AND state = 'unmatched'",
        to_string(state), to_string(reason), payment.payment.id
    );
    expect_one(rows, "a payment");
    payment.state = state;
    payment.refund_reason = reason;
}

// The caller has locked both rows.
void pay(Connection& connection, PaymentRow& payment, OrderRow& order) {
    const auto rows = connection.run(
        "UPDATE orders SET state = 'paid', payment_id = ?"
        " WHERE sale_id = ? AND order_id = ? AND state = 'awaiting_payment'",
        payment.payment.id, order.sale, order.order
    );
    expect_one(rows, "an order");
    connection.run(
        "INSERT INTO paid_units (sale_id, slot, units) VALUES (?, ?, ?)"
        " ON DUPLICATE KEY UPDATE units = units + VALUES(units)",
        order.sale, order.order.bytes().back() % kPaidSlots, order.quantity
    );
    order.state = OrderState::kPaid;
    order.payment = payment.payment.id;
    mark(connection, payment, PaymentState::kApplied, RefundReason::kNone);
}

// An order that is not there yet cannot be locked: when it is settled at this very moment, the
// payment stays unmatched and is applied by whoever settled, or by the sweeper.
PaymentOutcome decide(Connection& connection, PaymentRow payment) {
    PaymentOutcome outcome;
    const auto target = payment.target();
    const auto policy = policy_of(connection, target.sale());
    outcome.order = find_order_row(connection, target, Lock::kForUpdate);
    const auto now = read_now(connection);
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

std::optional<PaymentRow> lock_payment(Connection& connection, const PaymentId& payment) {
    return find_payment_row(connection, payment, Lock::kForUpdate);
}

Result<PaymentOutcome> decide_known(
    Connection& connection, PaymentRow known, const Payment& payment
) {
    if (!same_contents(known.payment, payment)) {
        return fail(Code::kConflict, "payment " + payment.id.value() + " has other contents");
    }
    auto outcome = decide(connection, std::move(known));
    outcome.repeated = true;
    return outcome;
}

}  // namespace

Result<PaymentOutcome> store_payment(Connection& connection, const Payment& payment) {
    if (auto known = lock_payment(connection, payment.id)) {
        return decide_known(connection, std::move(*known), payment);
    }
    PaymentRow row;
    row.payment = payment;
    row.received_at = read_now(connection);
    try {
        connection.run(
            "INSERT INTO payments (payment_id, order_id, amount, currency, state, refund_reason,"
            " received_at) VALUES (?, ?, ?, ?, 'unmatched', '', ?)",
            payment.id, payment.order, payment.amount, payment.currency, row.received_at
        );
    } catch (const SqlError& failure) {
        if (!is_duplicate(failure.number())) throw;
        // The same notification came twice at once, and the other one was first.
        connection.start_again();
        auto known = lock_payment(connection, payment.id);
        if (!known) return fail(Code::kTransient, "the payment was being stored by somebody else");
        return decide_known(connection, std::move(*known), payment);
    }
    return decide(connection, std::move(row));
}

Result<PaymentOutcome> decide_stored_payment(Connection& connection, const PaymentId& payment) {
    auto known = lock_payment(connection, payment);
    if (!known) return unknown_payment(payment);
    auto outcome = decide(connection, std::move(*known));
    outcome.repeated = true;
    return outcome;
}

Result<Done> set_replacement(
    Connection& connection, const PaymentId& payment, OrderId replacement
) {
    const auto known = lock_payment(connection, payment);
    if (!known) return unknown_payment(payment);
    if (known->replacement == replacement) return Done{};
    if (known->state != PaymentState::kUnmatched) return already(*known);
    if (known->replacement) return fail(Code::kConflict, "the payment has another replacement");
    connection.run(
        "UPDATE payments SET replacement = ? WHERE payment_id = ?", replacement, payment
    );
    return Done{};
}

Result<Done> set_refund_due(Connection& connection, const PaymentId& payment, RefundReason reason) {
    if (reason == RefundReason::kNone) return fail(Code::kPermanent, "a refund needs its reason");
    auto known = lock_payment(connection, payment);
    if (!known) return unknown_payment(payment);
    if (known->state == PaymentState::kRefundDue) return Done{};
    if (known->state != PaymentState::kUnmatched) return already(*known);
    mark(connection, *known, PaymentState::kRefundDue, reason);
    return Done{};
}

std::optional<OrderRow> extend_order_deadline(Connection& connection, OrderId order, Millis by) {
    auto row = find_order_row(connection, order, Lock::kForUpdate);
    if (!row || row->state != OrderState::kAwaitingPayment) return row;
    const auto until = std::min(read_now(connection) + by, row->deadline_at + kExtensionMax);
    if (until <= row->due_at()) return row;
    connection.run(
        "UPDATE orders SET extended_until = ? WHERE sale_id = ? AND order_id = ?"
        " AND state = 'awaiting_payment'",
        until, row->sale, order
    );
    row->extended_until = until;
    return row;
}

}  // namespace sluice::maria
