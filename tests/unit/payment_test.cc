#include "domain/payment.h"

#include <gtest/gtest.h>

#include <sstream>

#include "domain/order.h"
#include "domain_samples.h"

namespace sluice {
namespace {

std::string_view to_text(PaymentDecision decision) {
    switch (decision) {
        case PaymentDecision::kWait:
            return "wait";
        case PaymentDecision::kApply:
            return "apply";
        case PaymentDecision::kReplace:
            return "replace";
        case PaymentDecision::kRefund:
            return "refund";
    }
    return {};
}

PaymentRow payment_of_500() {
    PaymentRow row;
    row.payment = {samples::payment_id("p1"), samples::order_id(1), Cents{500}, Currency{}};
    return row;
}

// The target order: 2 × 250; "-" for none. A paid order's payer follows a colon.
std::optional<OrderRow> target_of(const std::string& text) {
    if (text == "-") return std::nullopt;
    const std::size_t colon = text.find(':');
    OrderRow row = samples::row(1, "ann", 2, *parse_order_state(text.substr(0, colon)));
    if (colon != std::string::npos) row.payment = samples::payment_id(text.substr(colon + 1));
    return row;
}

TEST(Payment, IsDecidedByItsTarget) {
    std::istringstream table(R"(
        awaiting_payment  refund     first        apply    -
        paid:p1           refund     first        apply    -
        paid:p2           refund     first        refund   already_paid
        paid              refund     first        refund   already_paid
        cancelled         refund     first        refund   order_cancelled
        cancelled         reacquire  first        replace  -
        cancelled         reacquire  replacement  refund   order_cancelled
        rejected          refund     first        refund   order_rejected
        rejected          reacquire  first        refund   order_rejected
        rejected          reacquire  replacement  refund   no_stock_for_late_money
        awaiting_payment  reacquire  replacement  apply    -
        -                 refund     first        wait     -
        -                 reacquire  replacement  wait     -
    )");
    std::string target, policy, order, decision, reason;
    while (table >> target >> policy >> order >> decision >> reason) {
        PaymentRow payment = payment_of_500();
        if (order == "replacement") payment.replacement = samples::order_id(2);
        const auto row = target_of(target);
        const PaymentPlan plan = plan_payment(
            payment, row ? &*row : nullptr, *parse_late_payment(policy), Millis{1'000}
        );
        const auto line = target + " " + policy + " " + order;
        EXPECT_EQ(to_text(plan.decision), decision) << line;
        EXPECT_EQ(to_string(plan.reason), reason == "-" ? "" : reason) << line;
    }
}

TEST(Payment, OfAnotherAmountOrCurrencyIsRefundedWhateverTheOrderIs) {
    for (const char* state : {"awaiting_payment", "paid:p2", "cancelled", "rejected"}) {
        const auto row = target_of(state);
        PaymentRow cheap = payment_of_500();
        cheap.payment.amount = Cents{499};
        PaymentRow foreign = payment_of_500();
        foreign.payment.currency = *Currency::parse("EUR");
        for (const PaymentRow& payment : {cheap, foreign}) {
            const auto plan = plan_payment(payment, &*row, LatePayment::kReacquire, Millis{0});
            EXPECT_EQ(plan.decision, PaymentDecision::kRefund) << state;
            EXPECT_EQ(plan.reason, RefundReason::kAmountMismatch) << state;
        }
    }
}

TEST(Payment, OfAnUnknownOrderIsRefundedAfterADay) {
    const auto just_before = kUnmatchedAgeMax - Millis{1};
    const auto payment = payment_of_500();
    EXPECT_EQ(
        plan_payment(payment, nullptr, LatePayment::kRefund, just_before).decision,
        PaymentDecision::kWait
    );
    const auto plan = plan_payment(payment, nullptr, LatePayment::kRefund, kUnmatchedAgeMax);
    EXPECT_EQ(plan.decision, PaymentDecision::kRefund);
    EXPECT_EQ(plan.reason, RefundReason::kOrderUnknown);
}

TEST(Payment, OncePromisedBackIsNeverTakenAgain) {
    PaymentRow payment = payment_of_500();
    payment.state = PaymentState::kRefundDue;
    payment.refund_reason = RefundReason::kOrderUnknown;
    const auto row = target_of("awaiting_payment");
    const auto plan = plan_payment(payment, &*row, LatePayment::kRefund, Millis{0});
    EXPECT_EQ(plan.decision, PaymentDecision::kRefund);
    EXPECT_EQ(plan.reason, RefundReason::kOrderUnknown);
}

TEST(Payment, TargetIsTheReplacementOnceThereIsOne) {
    PaymentRow payment = payment_of_500();
    EXPECT_EQ(payment.target(), samples::order_id(1));
    payment.replacement = samples::order_id(2);
    EXPECT_EQ(payment.target(), samples::order_id(2));
}

TEST(Payment, NamesAreReadBackAsTheyArePrinted) {
    for (const auto state :
         {PaymentState::kUnmatched, PaymentState::kApplied, PaymentState::kRefundDue}) {
        EXPECT_EQ(parse_payment_state(to_string(state)), state);
    }
    for (const auto reason :
         {RefundReason::kNone, RefundReason::kOrderCancelled, RefundReason::kOrderRejected,
          RefundReason::kAlreadyPaid, RefundReason::kAmountMismatch, RefundReason::kOrderUnknown,
          RefundReason::kNoStockForLateMoney, RefundReason::kSaleShutForLateMoney,
          RefundReason::kLimitForLateMoney}) {
        EXPECT_EQ(parse_refund_reason(to_string(reason)), reason);
    }
    EXPECT_EQ(parse_payment_state("spent"), std::nullopt);
    EXPECT_EQ(parse_refund_reason("mood"), std::nullopt);
}

}  // namespace
}  // namespace sluice
