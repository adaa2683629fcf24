#pragma once
// What every Ledger does with money: stored once, decided once, and never a silent success
// (docs/protocol.md §8).

#include "contract/ledger_fixture.h"

namespace sluice {

template <class Backend>
class PaymentContract : public LedgerFixture<Backend> {
protected:
    PaymentOutcome pay(Payment payment) {
        return this->get(this->ledger().record_payment(std::move(payment), this->kNever));
    }
    PaymentOutcome retry(const std::string& id) {
        return this->get(this->ledger().settle_payment(PaymentId{id}, this->kNever));
    }
    void cancel(const AcceptedOrder& order) {
        auto change = plan_cancel(this->snapshot_for({order}), order.order);
        ASSERT_TRUE(change);
        this->truth(std::move(*change));
    }
    void expect_refund(const PaymentOutcome& outcome, RefundReason reason) {
        EXPECT_EQ(outcome.decision, PaymentDecision::kRefund);
        EXPECT_EQ(outcome.payment.state, PaymentState::kRefundDue);
        EXPECT_EQ(outcome.payment.refund_reason, reason);
        const auto stored =
            this->get(this->orders().find_payment(outcome.payment.payment.id, this->kNever));
        ASSERT_TRUE(stored);
        EXPECT_EQ(stored->state, PaymentState::kRefundDue);
        EXPECT_EQ(stored->refund_reason, reason);
    }
    AcceptedOrder settled(SaleId sale) {
        auto order = this->order(sale, 1, "ann");
        this->settle({order});
        return order;
    }
};
TYPED_TEST_SUITE_P(PaymentContract);

TYPED_TEST_P(PaymentContract, PaymentMakesItsOrderPaidWithoutAVersion) {
    const auto sale = this->open_sale();
    const auto mine = this->settled(sale);
    const auto outcome = this->pay(this->payment("p1", mine));
    EXPECT_EQ(outcome.decision, PaymentDecision::kApply);
    EXPECT_EQ(outcome.payment.state, PaymentState::kApplied);
    EXPECT_FALSE(outcome.repeated);
    ASSERT_TRUE(outcome.order);
    EXPECT_EQ(outcome.order->state, OrderState::kPaid);
    EXPECT_EQ(this->row(mine.order)->payment, PaymentId{"p1"});
    this->expect_untouched(sale, Version{2}, 9);
}

TYPED_TEST_P(PaymentContract, RepeatedPaymentGetsTheSameAnswer) {
    const auto mine = this->settled(this->open_sale());
    this->pay(this->payment("p1", mine));
    const auto again = this->pay(this->payment("p1", mine));
    EXPECT_TRUE(again.repeated);
    EXPECT_EQ(again.decision, PaymentDecision::kApply);
    EXPECT_EQ(again.payment.state, PaymentState::kApplied);
    EXPECT_EQ(again.order->state, OrderState::kPaid);
}

TYPED_TEST_P(PaymentContract, KnownIdWithOtherContentsIsAConflict) {
    const auto sale = this->open_sale();
    const auto mine = this->settled(sale);
    this->pay(this->payment("p1", mine));
    auto amount = this->payment("p1", mine, 501);
    EXPECT_EQ(this->code(this->ledger().record_payment(amount, this->kNever)), Code::kConflict);
    auto order = this->payment("p1", this->order(sale, 2, "ann"));
    EXPECT_EQ(this->code(this->ledger().record_payment(order, this->kNever)), Code::kConflict);
    auto currency = this->payment("p1", mine);
    currency.currency = *Currency::parse("EUR");
    EXPECT_EQ(this->code(this->ledger().record_payment(currency, this->kNever)), Code::kConflict);
}

TYPED_TEST_P(PaymentContract, SecondPaymentOfAPaidOrderIsRefunded) {
    const auto mine = this->settled(this->open_sale());
    this->pay(this->payment("p1", mine));
    this->expect_refund(this->pay(this->payment("p2", mine)), RefundReason::kAlreadyPaid);
    EXPECT_EQ(this->row(mine.order)->payment, PaymentId{"p1"});
}

TYPED_TEST_P(PaymentContract, WrongAmountIsRefunded) {
    const auto mine = this->settled(this->open_sale());
    this->expect_refund(this->pay(this->payment("p1", mine, 499)), RefundReason::kAmountMismatch);
    EXPECT_EQ(this->state(mine.order), OrderState::kAwaitingPayment);
}

TYPED_TEST_P(PaymentContract, MoneyAfterCancellationIsRefunded) {
    const auto sale = this->open_sale();
    const auto mine = this->settled(sale);
    this->cancel(mine);
    this->expect_refund(this->pay(this->payment("p1", mine)), RefundReason::kOrderCancelled);
    EXPECT_EQ(this->state(mine.order), OrderState::kCancelled);
    this->expect_books_balance(sale);
}

TYPED_TEST_P(PaymentContract, MoneyForARejectedOrderIsRefunded) {
    const auto mine = this->order(this->open_sale(10, 1), 1, "ann", 2);
    this->settle({mine});
    this->expect_refund(this->pay(this->payment("p1", mine, 1'000)), RefundReason::kOrderRejected);
}

TYPED_TEST_P(PaymentContract, EarlyPaymentWaitsAndIsAppliedAfterSettlement) {
    const auto sale = this->open_sale();
    const auto mine = this->order(sale, 1, "ann");
    const auto early = this->pay(this->payment("p1", mine));
    EXPECT_EQ(early.decision, PaymentDecision::kWait);
    EXPECT_FALSE(early.order);
    const auto due = this->get(this->ledger().due(DueKind::kUnmatchedPayments, 9, this->kNever));
    EXPECT_EQ(due.payments, std::vector{PaymentId{"p1"}});
    EXPECT_EQ(this->snapshot(sale, {mine.order}).unmatched, std::vector{PaymentId{"p1"}});
    this->settle({mine});
    EXPECT_EQ(this->retry("p1").payment.state, PaymentState::kApplied);
    EXPECT_EQ(this->state(mine.order), OrderState::kPaid);
    EXPECT_TRUE(this->snapshot(sale, {mine.order}).unmatched.empty());
}

TYPED_TEST_P(PaymentContract, PaymentForAnUnknownOrderIsRefundedAfterADay) {
    const auto mine = this->order(this->open_sale(), 1, "ann");
    this->pay(this->payment("p1", mine));
    this->at(this->kNow + kUnmatchedAgeMax - Millis{1});
    EXPECT_EQ(this->retry("p1").decision, PaymentDecision::kWait);
    this->at(this->kNow + kUnmatchedAgeMax);
    this->expect_refund(this->retry("p1"), RefundReason::kOrderUnknown);
    this->settle({mine});  // the order comes after all: its money stays promised back
    this->expect_refund(this->retry("p1"), RefundReason::kOrderUnknown);
    EXPECT_EQ(this->state(mine.order), OrderState::kAwaitingPayment);
}

TYPED_TEST_P(PaymentContract, PaymentForNoSaleAtAllIsStored) {
    const auto nowhere = this->order(SaleId{4242}, 1, "ann");
    EXPECT_EQ(this->pay(this->payment("p1", nowhere)).decision, PaymentDecision::kWait);
    const auto id = PaymentId{"missing"};
    EXPECT_EQ(this->code(this->ledger().settle_payment(id, this->kNever)), Code::kNotFound);
}

TYPED_TEST_P(PaymentContract, LateMoneyBuysItsReplacementOrder) {
    auto terms = this->new_sale();
    terms.late_payment = LatePayment::kReacquire;
    const auto sale = this->create(std::move(terms));
    const auto mine = this->settled(sale);
    this->cancel(mine);
    const auto late = this->pay(this->payment("p1", mine));
    EXPECT_EQ(late.decision, PaymentDecision::kReplace);
    EXPECT_EQ(late.payment.state, PaymentState::kUnmatched);

    const auto replacement = this->order(sale, 9, "ann");
    auto& ledger = this->ledger();
    this->get(ledger.replace_order(PaymentId{"p1"}, replacement.order, this->kNever));
    this->get(ledger.replace_order(PaymentId{"p1"}, replacement.order, this->kNever));
    const auto other = this->order(sale, 8, "ann").order;
    EXPECT_EQ(
        this->code(ledger.replace_order(PaymentId{"p1"}, other, this->kNever)), Code::kConflict
    );
    EXPECT_EQ(this->retry("p1").decision, PaymentDecision::kWait);
    EXPECT_EQ(this->snapshot_for({replacement}).unmatched, std::vector{PaymentId{"p1"}});
    this->settle({replacement});
    const auto outcome = this->retry("p1");
    EXPECT_EQ(outcome.payment.state, PaymentState::kApplied);
    EXPECT_EQ(outcome.payment.replacement, replacement.order);
    EXPECT_EQ(this->state(replacement.order), OrderState::kPaid);
    EXPECT_EQ(this->state(mine.order), OrderState::kCancelled);
    EXPECT_EQ(
        this->code(ledger.replace_order(PaymentId{"p1"}, other, this->kNever)), Code::kConflict
    );
    this->expect_books_balance(sale);
}

TYPED_TEST_P(PaymentContract, UnmatchedPaymentCanBeRefundedOnce) {
    const auto mine = this->order(this->open_sale(), 1, "ann");
    this->pay(this->payment("p1", mine));
    const auto id = PaymentId{"p1"};
    const auto reason = RefundReason::kNoStockForLateMoney;
    auto& ledger = this->ledger();
    this->get(ledger.refund_payment(id, reason, this->kNever));
    this->get(ledger.refund_payment(id, reason, this->kNever));
    this->expect_refund(this->retry("p1"), reason);
    EXPECT_EQ(
        this->code(ledger.refund_payment(PaymentId{"p2"}, reason, this->kNever)), Code::kNotFound
    );
}

TYPED_TEST_P(PaymentContract, AppliedPaymentCannotBeRefundedSilently) {
    const auto mine = this->settled(this->open_sale());
    this->pay(this->payment("p1", mine));
    auto refund =
        this->ledger().refund_payment(PaymentId{"p1"}, RefundReason::kOrderCancelled, this->kNever);
    EXPECT_EQ(this->code(std::move(refund)), Code::kConflict);
}

TYPED_TEST_P(PaymentContract, DeadlineIsExtendedWithinBounds) {
    const auto mine = this->settled(this->open_sale());
    const auto extend = [&](Millis by) {
        return this->get(this->ledger().extend_deadline(mine.order, by, this->kNever))->due_at();
    };
    const auto deadline = this->kNow + this->kPaymentWindow;
    EXPECT_EQ(extend(Millis{1'000}), deadline);  // never earlier than before
    EXPECT_EQ(extend(Millis{90'000}), this->kNow + Millis{90'000});
    EXPECT_EQ(extend(Millis{80'000}), this->kNow + Millis{90'000});
    EXPECT_EQ(extend(Millis{86'400'000}), deadline + kExtensionMax);
    EXPECT_EQ(this->row(mine.order)->deadline_at, deadline);
    EXPECT_EQ(this->row(mine.order)->extended_until, deadline + kExtensionMax);
}

TYPED_TEST_P(PaymentContract, OnlyAnOrderAwaitingPaymentIsExtended) {
    const auto sale = this->open_sale();
    const auto mine = this->settled(sale);
    this->pay(this->payment("p1", mine));
    const auto by = Millis{600'000};
    const auto paid = this->get(this->ledger().extend_deadline(mine.order, by, this->kNever));
    EXPECT_EQ(paid->state, OrderState::kPaid);
    EXPECT_FALSE(paid->extended_until);
    const auto unknown = this->order(sale, 9, "ann").order;
    EXPECT_FALSE(this->get(this->ledger().extend_deadline(unknown, by, this->kNever)));
}

REGISTER_TYPED_TEST_SUITE_P(
    PaymentContract, PaymentMakesItsOrderPaidWithoutAVersion, RepeatedPaymentGetsTheSameAnswer,
    KnownIdWithOtherContentsIsAConflict, SecondPaymentOfAPaidOrderIsRefunded, WrongAmountIsRefunded,
    MoneyAfterCancellationIsRefunded, MoneyForARejectedOrderIsRefunded,
    EarlyPaymentWaitsAndIsAppliedAfterSettlement, PaymentForAnUnknownOrderIsRefundedAfterADay,
    PaymentForNoSaleAtAllIsStored, LateMoneyBuysItsReplacementOrder,
    UnmatchedPaymentCanBeRefundedOnce, AppliedPaymentCannotBeRefundedSilently,
    DeadlineIsExtendedWithinBounds, OnlyAnOrderAwaitingPaymentIsExtended
);

}  // namespace sluice
