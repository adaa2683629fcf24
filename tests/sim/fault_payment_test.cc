// Money that comes twice, late, early, for nobody, or in the wrong amount.

#include <gtest/gtest.h>

#include "sim/one_process.h"

namespace sluice::sim {
namespace {

constexpr Millis kHour{3'600'000};

void sell(OneProcess& world, const std::string& key, const std::string& buyer = "ann") {
    EXPECT_EQ(world.buy(key, buyer), "202");
    EXPECT_TRUE(world.drain());
}

Offer late_money(LatePayment policy) {
    Offer offer;
    offer.units = 1;
    offer.payment_window = kHour;
    offer.late_payment = policy;
    return offer;
}

PaymentRow payment_row(OneProcess& world, const std::string& id) {
    auto row = world.await(world.process().orders().find_payment(PaymentId{id}, Deadline::never()));
    return **row;
}

TEST(FaultPayment, TwiceGetsTheSameAnswer) {
    OneProcess world;
    sell(world, "k1");
    EXPECT_EQ(world.pay("p1", "k1"), "applied");
    EXPECT_EQ(world.pay("p1", "k1"), "applied");
    world.kill();
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.pay("p1", "k1"), "applied");
    EXPECT_EQ(world.stock(), "9 left, 0 awaiting, 1 paid; gate 9 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultPayment, ReplyLostIsAppliedOnce) {
    OneProcess world;
    sell(world, "k1");
    world.fail(failing("ledger.record_payment", Fault::kUnknownAfter, 1));
    EXPECT_EQ(world.pay("p1", "k1"), "503 outcome_unknown");
    EXPECT_EQ(world.pay("p1", "k1"), "applied");
    EXPECT_EQ(world.state("k1"), "paid");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultPayment, SameIdWithOtherContentsIsAConflict) {
    OneProcess world;
    sell(world, "k1");
    sell(world, "k2");
    EXPECT_EQ(world.pay("p1", "k1"), "applied");
    EXPECT_EQ(world.pay("p1", "k1", 2), "409 conflict");
    EXPECT_EQ(world.pay("p1", "k2"), "409 conflict");
    EXPECT_EQ(world.state("k2"), "awaiting_payment");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultPayment, SecondPaymentOfAPaidOrderIsGivenBack) {
    OneProcess world;
    sell(world, "k1");
    EXPECT_EQ(world.pay("p1", "k1"), "applied");
    EXPECT_EQ(world.pay("p2", "k1"), "refund_due already_paid");
    EXPECT_EQ(world.pay("p2", "k1"), "refund_due already_paid");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultPayment, OfTheWrongAmountIsGivenBack) {
    OneProcess world;
    sell(world, "k1");
    EXPECT_EQ(world.pay("p1", "k1", 2), "refund_due amount_mismatch");
    EXPECT_EQ(world.state("k1"), "awaiting_payment");
    EXPECT_EQ(world.pay("p2", "k1"), "applied");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultPayment, LateIsGivenBack) {
    OneProcess world(late_money(LatePayment::kRefund));
    sell(world, "k1");
    EXPECT_EQ(world.cancel("k1"), "cancelled");
    EXPECT_EQ(world.pay("p1", "k1"), "refund_due order_cancelled");
    EXPECT_EQ(world.stock(), "1 left, 0 awaiting, 0 paid; gate 1 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultPayment, LateBuysANewOrderAndTheCancelledOneStaysCancelled) {
    OneProcess world(late_money(LatePayment::kReacquire));
    sell(world, "k1");
    EXPECT_EQ(world.cancel("k1"), "cancelled");
    EXPECT_EQ(world.pay("p1", "k1"), "unmatched");
    EXPECT_TRUE(world.drain());
    world.run_for(Millis{2'000});
    EXPECT_EQ(world.pay("p1", "k1"), "applied");
    EXPECT_EQ(world.state("k1"), "cancelled buyer_cancelled");
    const PaymentRow row = payment_row(world, "p1");
    ASSERT_TRUE(row.replacement.has_value());
    const auto bought =
        world.await(world.process().orders().find_order(*row.replacement, Deadline::never()));
    ASSERT_TRUE(bought->has_value());
    EXPECT_EQ((*bought)->state, OrderState::kPaid);
    EXPECT_EQ((*bought)->buyer, BuyerId{"ann"});
    EXPECT_EQ(world.stock(), "0 left, 0 awaiting, 1 paid; gate 0 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultPayment, LateWhoseNewOrderIsInDoubtIsOneOrderAllTheSame) {
    OneProcess world(late_money(LatePayment::kReacquire));
    sell(world, "k1");
    EXPECT_EQ(world.cancel("k1"), "cancelled");
    world.fail(failing("queue.publish.orders", Fault::kUnknownAfter, 1));
    EXPECT_EQ(world.pay("p1", "k1"), "unmatched");
    world.kill();
    EXPECT_TRUE(world.drain());
    world.run_for(Millis{2'000});
    EXPECT_EQ(world.pay("p1", "k1"), "applied");
    EXPECT_EQ(world.stock(), "0 left, 0 awaiting, 1 paid; gate 0 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultPayment, LateAndSoldOutIsGivenBack) {
    OneProcess world(late_money(LatePayment::kReacquire));
    sell(world, "k1", "ann");
    EXPECT_EQ(world.cancel("k1"), "cancelled");
    sell(world, "k2", "bob");
    EXPECT_EQ(world.pay("p1", "k1"), "refund_due no_stock_for_late_money");
    EXPECT_EQ(world.pay("p1", "k1"), "refund_due no_stock_for_late_money");
    EXPECT_EQ(world.stock(), "0 left, 1 awaiting, 0 paid; gate 0 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultPayment, LateOnAPausedSaleIsGivenBackForThatReason) {
    OneProcess world(late_money(LatePayment::kReacquire));
    sell(world, "k1");
    EXPECT_EQ(world.cancel("k1"), "cancelled");
    EXPECT_TRUE(world.set_state(SaleState::kPaused).ok());
    EXPECT_EQ(world.pay("p1", "k1"), "refund_due sale_shut_for_late_money");
    EXPECT_TRUE(world.set_state(SaleState::kOpen).ok());
    EXPECT_EQ(world.pay("p1", "k1"), "refund_due sale_shut_for_late_money") << "never taken again";
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultPayment, LateOfABuyerAtTheLimitIsGivenBackForThatReason) {
    Offer offer = late_money(LatePayment::kReacquire);
    offer.units = 2;
    offer.limit = 1;
    OneProcess world(offer);
    sell(world, "k1");
    EXPECT_EQ(world.cancel("k1"), "cancelled");
    sell(world, "k2");
    EXPECT_EQ(world.pay("p1", "k1"), "refund_due limit_for_late_money");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultPayment, BeforeSettlementIsAppliedAtSettlement) {
    OneProcess world;
    world.fail(late("ledger.apply.settle", Millis{5'000}, Millis{0}));
    world.fail(failing("ledger.due", Fault::kErrorBefore));  // the sweeper finds nothing
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_EQ(world.pay("p1", "k1"), "unmatched");
    EXPECT_EQ(world.state("k1"), "held");
    EXPECT_TRUE(world.reaches("k1", "paid", Millis{7'000}));
    EXPECT_EQ(world.pay("p1", "k1"), "applied");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultPayment, BeforeSettlementOfAnOrderThatIsParkedIsAppliedWhenItSettles) {
    OneProcess world;
    world.fail(failing("ledger.apply.settle", Fault::kErrorBefore, 6, Code::kTransient));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{100});
    EXPECT_EQ(world.state("k1"), "parked 1");
    EXPECT_EQ(world.pay("p1", "k1"), "unmatched");
    EXPECT_TRUE(world.drain());
    world.run_for(Millis{2'000});
    EXPECT_EQ(world.state("k1"), "paid");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultPayment, ForAnUnknownOrderWaitsADayAndIsGivenBack) {
    OneProcess world;
    sell(world, "k1");
    Payment payment = world.payment("p1", "k1");
    std::array<std::uint8_t, 12> nobody{};
    payment.order = OrderId::compose(world.sale(), nobody);
    const Deadline deadline = Deadline::never();
    EXPECT_EQ(text(world.await(world.process().node().pay.notify(payment, deadline))), "unmatched");
    world.clock().advance(23 * kHour);
    world.run_for(Millis{3'000});
    EXPECT_EQ(payment_row(world, "p1").state, PaymentState::kUnmatched);
    world.clock().advance(kHour);
    world.run_for(Millis{3'000});
    EXPECT_EQ(payment_row(world, "p1").state, PaymentState::kRefundDue);
    EXPECT_EQ(payment_row(world, "p1").refund_reason, RefundReason::kOrderUnknown);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultPayment, ThatCannotBeAppliedIsRetriedByTierThenBuriedThenRedriven) {
    OneProcess world;
    world.fail(failing("ledger.settle_payment", Fault::kErrorBefore, kForEver, Code::kTransient));
    world.fail(late("ledger.apply.settle", Millis{1'000}, Millis{0}));
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_EQ(world.pay("p1", "k1"), "unmatched");
    world.run_for(Millis{20'000});
    EXPECT_EQ(world.state("k1"), "awaiting_payment");
    EXPECT_EQ(world.counted(Count::kParked), 3U) << "tiers, not every second";
    EXPECT_TRUE(world.run_until([&] { return world.counted(Count::kBuried) == 1; }, Millis{80'000})
    );
    world.run_for(Millis{10'000});
    EXPECT_EQ(world.counted(Count::kBuried), 1U);
    EXPECT_EQ(world.counted(Count::kParked), 4U);
    world.faults().heal();
    Actor person{"person", "looked into it"};
    const auto redriven = world.await(world.worker().desk().redrive_work(
        WorkKind::kPayment, "p1", std::move(person), Deadline::never()
    ));
    EXPECT_TRUE(redriven.ok());
    EXPECT_TRUE(world.drain());
    const bool expired_meanwhile = world.state("k1") == "cancelled expired";
    EXPECT_EQ(world.pay("p1", "k1"), expired_meanwhile ? "refund_due order_cancelled" : "applied");
    EXPECT_TRUE(world.dead_letters().work.empty());
    EXPECT_EQ(world.audit(), "");
}

}  // namespace
}  // namespace sluice::sim
