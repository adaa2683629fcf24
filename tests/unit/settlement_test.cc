#include "domain/settlement.h"

#include <gtest/gtest.h>

#include "domain_samples.h"

namespace sluice {
namespace {

using namespace samples;

using Decisions = std::vector<Settlement>;

TEST(Settlement, TakesUnitsUnderTheVersionOfItsSnapshot) {
    const std::vector<RunOrder> orders = {run(1, "ann", 2), run(2, "bob", 1)};
    const auto plan = plan_settlement(snapshot(10), orders);
    EXPECT_EQ(plan.decisions, (Decisions{Settlement::kSettle, Settlement::kSettle}));
    ASSERT_TRUE(plan.change);
    EXPECT_EQ(plan.change->sale, kSale);
    EXPECT_EQ(plan.change->expected, Version{10});
    EXPECT_EQ(plan.change->kind, MovementKind::kSettle);
    EXPECT_EQ(plan.change->units, -3);
    EXPECT_EQ(plan.change->total_units, 0);
    ASSERT_EQ(plan.change->insert.size(), 2U);
    EXPECT_EQ(plan.change->insert[0].state, OrderState::kAwaitingPayment);
    EXPECT_EQ(plan.change->insert[0].order, accepted(1, "ann", 2));
    EXPECT_EQ(plan.change->bought, (std::vector<BuyerTotal>{{buyer("ann"), 2}, {buyer("bob"), 1}}));
    EXPECT_TRUE(plan.healed.finished.empty());
}

TEST(Settlement, TotalsAreAbsoluteAndAddUpWithinARun) {
    auto before = snapshot(10);
    before.bought = {{buyer("ann"), 1}};
    const std::vector<RunOrder> orders = {run(1, "ann", 1), run(2, "ann", 1), run(3, "ann", 1)};
    const auto plan = plan_settlement(before, orders);
    EXPECT_EQ(
        plan.decisions, (Decisions{Settlement::kSettle, Settlement::kSettle, Settlement::kReject})
    );
    EXPECT_EQ(plan.change->insert[2].reason, Reason::kLimitReached);
    EXPECT_EQ(plan.change->bought, (std::vector<BuyerTotal>{{buyer("ann"), 3}}));
    EXPECT_EQ(plan.change->units, -2);
}

TEST(Settlement, FreeOrdersArePaidAtOnce) {
    RunOrder free = run(1, "ann", 1);
    free.order.terms.price = Cents{0};
    const auto plan = plan_settlement(snapshot(10), std::vector{free});
    EXPECT_EQ(plan.change->insert.at(0).state, OrderState::kPaid);
}

TEST(Settlement, NeverLooksAtWindowOrState) {
    auto late = snapshot(10);
    late.now = at(kClosesMs + 1);
    late.sale.state = SaleState::kClosed;
    const auto plan = plan_settlement(late, std::vector{run(1, "ann", 1)});
    EXPECT_EQ(plan.decisions, Decisions{Settlement::kSettle});
}

TEST(Settlement, RefusalOfStockIsWrittenWithoutUnits) {
    const auto plan = plan_settlement(snapshot(1), std::vector{run(1, "ann", 2)});
    EXPECT_EQ(plan.decisions, Decisions{Settlement::kReject});
    ASSERT_TRUE(plan.change);
    EXPECT_EQ(plan.change->units, 0);
    EXPECT_EQ(plan.change->insert.at(0).state, OrderState::kRejected);
    EXPECT_EQ(plan.change->insert.at(0).reason, Reason::kSoldOut);
    EXPECT_EQ(plan.change->bought, (std::vector<BuyerTotal>{{buyer("ann"), 0}}));
}

TEST(Settlement, SmallerOrderAfterARefusedOneStillFits) {
    const std::vector<RunOrder> orders = {run(1, "ann", 3), run(2, "bob", 2)};
    const auto plan = plan_settlement(snapshot(2), orders);
    EXPECT_EQ(plan.decisions, (Decisions{Settlement::kReject, Settlement::kSettle}));
    EXPECT_EQ(plan.change->units, -2);
}

TEST(Settlement, OrderWithARowIsADuplicateAndHealsWithoutAWrite) {
    auto before = snapshot(7, {row(1, "ann", 2), row(2, "bob", 1, OrderState::kCancelled)});
    before.bought = {{buyer("ann"), 2}};
    // Of a sealed epoch too: it is known, so it is not stale.
    const std::vector<RunOrder> orders = {
        run(1, "ann", 2, Epoch{1}), run(2, "bob", 1), run(1, "ann", 2)};
    const auto plan = plan_settlement(before, orders);
    EXPECT_EQ(
        plan.decisions,
        (Decisions{Settlement::kDuplicate, Settlement::kDuplicate, Settlement::kDuplicate})
    );
    EXPECT_FALSE(plan.change);
    EXPECT_EQ(plan.healed.version, Version{10});
    EXPECT_EQ(plan.healed.epoch, Epoch{3});
    EXPECT_EQ(plan.healed.available, 7);
    EXPECT_EQ(
        plan.healed.finished,
        (std::vector<FinishedOrder>{
            {order_id(1), Letter::kSettled}, {order_id(2), Letter::kCancelled}})
    );
    EXPECT_EQ(plan.healed.bought, (std::vector<BuyerTotal>{{buyer("ann"), 2}, {buyer("bob"), 0}}));
}

TEST(Settlement, DuplicatesRideOnTheChangeWithTheTotalsAfterIt) {
    auto before = snapshot(8, {row(1, "ann", 2)});
    before.bought = {{buyer("ann"), 2}};
    const std::vector<RunOrder> orders = {run(2, "ann", 1), run(1, "ann", 2)};
    const auto plan = plan_settlement(before, orders);
    EXPECT_EQ(plan.decisions, (Decisions{Settlement::kSettle, Settlement::kDuplicate}));
    EXPECT_EQ(
        plan.change->also_finished, (std::vector<FinishedOrder>{{order_id(1), Letter::kSettled}})
    );
    EXPECT_EQ(plan.change->bought, (std::vector<BuyerTotal>{{buyer("ann"), 3}}));
    EXPECT_EQ(plan.healed.bought, (std::vector<BuyerTotal>{{buyer("ann"), 2}}));
}

TEST(Settlement, OneIdTwiceInARunSettlesOnce) {
    const std::vector<RunOrder> orders = {run(1, "ann", 1), run(1, "ann", 1)};
    const auto plan = plan_settlement(snapshot(10), orders);
    EXPECT_EQ(plan.decisions, (Decisions{Settlement::kSettle, Settlement::kDuplicate}));
    EXPECT_EQ(plan.change->insert.size(), 1U);
    EXPECT_EQ(plan.change->units, -1);
    EXPECT_TRUE(plan.change->also_finished.empty());
}

TEST(Settlement, SealedEpochIsStaleUnlessTheLedgerKnowsTheOrder) {
    auto before = snapshot(10);
    before.deferred = {deferred(2, "bob", 1)};
    const std::vector<RunOrder> orders = {
        run(1, "ann", 1, Epoch{2}), run(2, "bob", 1, Epoch{0}), run(3, "eve", 1, Epoch{3})};
    const auto plan = plan_settlement(before, orders);
    EXPECT_EQ(
        plan.decisions, (Decisions{Settlement::kStale, Settlement::kSettle, Settlement::kSettle})
    );
    EXPECT_EQ(plan.change->undefer, std::vector{order_id(2)});
}

TEST(Settlement, StaleAloneLeavesNoTrace) {
    const std::vector<RunOrder> orders = {run(1, "ann", 1, Epoch{2}), run(1, "ann", 1, Epoch{1})};
    const auto plan = plan_settlement(snapshot(10), orders);
    EXPECT_EQ(plan.decisions, (Decisions{Settlement::kStale, Settlement::kStale}));
    EXPECT_FALSE(plan.change);
    EXPECT_TRUE(plan.healed.finished.empty());
}

TEST(Settlement, FreshAcceptanceAfterAStaleOneOfTheSameIdSettles) {
    const std::vector<RunOrder> orders = {run(1, "ann", 1, Epoch{2}), run(1, "ann", 1, Epoch{3})};
    const auto plan = plan_settlement(snapshot(10), orders);
    EXPECT_EQ(plan.decisions, (Decisions{Settlement::kStale, Settlement::kSettle}));
}

TEST(Settlement, BuriedOrderWaitsForAPerson) {
    auto before = snapshot(10);
    before.deferred = {deferred(1, "ann", 1, DeferredState::kBuried)};
    const auto plan = plan_settlement(before, std::vector{run(1, "ann", 1, Epoch{0})});
    EXPECT_EQ(plan.decisions, Decisions{Settlement::kBuried});
    EXPECT_FALSE(plan.change);
}

TEST(Settlement, ParkedOrderIsUndeferredEvenWhenRefused) {
    auto before = snapshot(0);
    before.deferred = {deferred(1, "ann", 1)};
    const auto plan = plan_settlement(before, std::vector{run(1, "ann", 1)});
    EXPECT_EQ(plan.decisions, Decisions{Settlement::kReject});
    EXPECT_EQ(plan.change->undefer, std::vector{order_id(1)});
}

TEST(Settlement, EmptyRunPlansNothing) {
    const auto plan = plan_settlement(snapshot(10), {});
    EXPECT_TRUE(plan.decisions.empty());
    EXPECT_FALSE(plan.change);
}

}  // namespace
}  // namespace sluice
