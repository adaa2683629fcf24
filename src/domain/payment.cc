#include "domain/payment.h"

#include "domain/enum_text.h"
#include "domain/order.h"

namespace sluice {
namespace {

PaymentPlan refund(RefundReason reason) { return {PaymentDecision::kRefund, reason}; }

}  // namespace

std::string_view to_string(PaymentState state) {
    switch (state) {
        case PaymentState::kUnmatched:
            return "unmatched";
        case PaymentState::kApplied:
            return "applied";
        case PaymentState::kRefundDue:
            return "refund_due";
    }
    return {};
}

std::string_view to_string(RefundReason reason) {
    switch (reason) {
        case RefundReason::kNone:
            return "";
        case RefundReason::kOrderCancelled:
            return "order_cancelled";
        case RefundReason::kOrderRejected:
            return "order_rejected";
        case RefundReason::kAlreadyPaid:
            return "already_paid";
        case RefundReason::kAmountMismatch:
            return "amount_mismatch";
        case RefundReason::kOrderUnknown:
            return "order_unknown";
        case RefundReason::kNoStockForLateMoney:
            return "no_stock_for_late_money";
        case RefundReason::kSaleShutForLateMoney:
            return "sale_shut_for_late_money";
        case RefundReason::kLimitForLateMoney:
            return "limit_for_late_money";
    }
    return {};
}

std::optional<PaymentState> parse_payment_state(std::string_view text) {
    return parse_by_name(
        text, std::array{PaymentState::kUnmatched, PaymentState::kApplied, PaymentState::kRefundDue}
    );
}

std::optional<RefundReason> parse_refund_reason(std::string_view text) {
    return parse_by_name(
        text,
        std::array{
            RefundReason::kNone, RefundReason::kOrderCancelled, RefundReason::kOrderRejected,
            RefundReason::kAlreadyPaid, RefundReason::kAmountMismatch, RefundReason::kOrderUnknown,
            RefundReason::kNoStockForLateMoney, RefundReason::kSaleShutForLateMoney,
            RefundReason::kLimitForLateMoney}
    );
}

PaymentPlan plan_payment(
    const PaymentRow& payment, const OrderRow* target, LatePayment policy, Millis age
) {
    // Money once promised back is never taken again.
    if (payment.state == PaymentState::kRefundDue) return refund(payment.refund_reason);
    if (target == nullptr) {
        if (age >= kUnmatchedAgeMax) return refund(RefundReason::kOrderUnknown);
        return {};
    }
    if (payment.payment.amount != target->amount() ||
        payment.payment.currency != target->terms.currency) {
        return refund(RefundReason::kAmountMismatch);
    }
    switch (target->state) {
        case OrderState::kHeld:
            return {};
        case OrderState::kAwaitingPayment:
            return {PaymentDecision::kApply, RefundReason::kNone};
        case OrderState::kPaid:
            if (target->payment == payment.payment.id) {
                return {PaymentDecision::kApply, RefundReason::kNone};
            }
            return refund(RefundReason::kAlreadyPaid);
        case OrderState::kCancelled:
            if (policy == LatePayment::kReacquire && !payment.replacement) {
                return {PaymentDecision::kReplace, RefundReason::kNone};
            }
            return refund(RefundReason::kOrderCancelled);
        case OrderState::kRejected:
            return refund(
                payment.replacement ? RefundReason::kNoStockForLateMoney
                                    : RefundReason::kOrderRejected
            );
    }
    return {};
}

}  // namespace sluice
