#include "domain/changes.h"

#include <gtest/gtest.h>

#include "domain_samples.h"

namespace sluice {
namespace {

using namespace samples;

const AuditNote kNote{"ops", "test", "order", "because"};

TEST(Expiry, CancelsWhatIsDueAndStillAwaitsPayment) {
    OrderRow extended = row(4, "eve", 1);
    extended.extended_until = at(5'001);
    auto before = snapshot(
        2, {row(1, "ann", 2), row(2, "ann", 1), row(3, "bob", 3, OrderState::kPaid), extended,
            row(5, "dan", 1, OrderState::kCancelled)}
    );
    before.bought = {{buyer("ann"), 3}, {buyer("bob"), 3}, {buyer("eve"), 1}};
    const std::vector<OrderId> ids = {order_id(1), order_id(2), order_id(1), order_id(3),
                                      order_id(4), order_id(5), order_id(6)};
    const auto change = plan_expiry(before, ids);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->kind, MovementKind::kCancel);
    EXPECT_EQ(change->expected, Version{10});
    EXPECT_EQ(change->units, 3);
    ASSERT_EQ(change->move.size(), 2U);
    EXPECT_EQ(change->move[0].order, order_id(1));
    EXPECT_EQ(change->move[0].from, OrderState::kAwaitingPayment);
    EXPECT_EQ(change->move[0].to, OrderState::kCancelled);
    EXPECT_EQ(change->move[0].reason, Reason::kExpired);
    EXPECT_EQ(change->bought, (std::vector<BuyerTotal>{{buyer("ann"), 0}}));
}

TEST(Expiry, IsDueAtItsDeadlineExactly) {
    auto before = snapshot(9, {row(1, "ann", 1)});
    before.bought = {{buyer("ann"), 1}};
    before.now = at(3'999);
    EXPECT_FALSE(plan_expiry(before, std::vector{order_id(1)}));
    before.now = at(4'000);
    EXPECT_TRUE(plan_expiry(before, std::vector{order_id(1)}));
}

TEST(Cancel, NeedsNoDeadlineButAnOrderAwaitingPayment) {
    for (const auto state :
         {OrderState::kAwaitingPayment, OrderState::kPaid, OrderState::kCancelled,
          OrderState::kRejected}) {
        auto before = snapshot(8, {row(1, "ann", 2, state)});
        before.bought = {{buyer("ann"), 2}};
        before.now = at(3'000);
        const auto change = plan_cancel(before, order_id(1));
        EXPECT_EQ(change.has_value(), state == OrderState::kAwaitingPayment) << to_string(state);
        if (!change) continue;
        EXPECT_EQ(change->units, 2);
        EXPECT_EQ(change->move.at(0).reason, Reason::kBuyerCancelled);
        EXPECT_EQ(change->bought, (std::vector<BuyerTotal>{{buyer("ann"), 0}}));
    }
    EXPECT_FALSE(plan_cancel(snapshot(10), order_id(1)));
}

TEST(Defer, LeavesOutSettledStaleBuriedAndRepeatedOrders) {
    auto before = snapshot(8, {row(1, "ann", 2)});
    before.deferred = {deferred(4, "dan", 1, DeferredState::kBuried)};
    DeferredOrder stale = deferred(2, "bob", 1);
    stale.epoch = Epoch{2};
    DeferredOrder fresh = deferred(3, "eve", 1);
    fresh.epoch = Epoch{3};
    const auto change =
        plan_defer(before, {deferred(1, "ann", 2), stale, fresh, fresh, deferred(4, "dan", 1)});
    ASSERT_TRUE(change);
    EXPECT_EQ(change->kind, MovementKind::kPark);
    EXPECT_EQ(change->units, 0);
    EXPECT_TRUE(change->bought.empty());
    ASSERT_EQ(change->defer.size(), 1U);
    EXPECT_EQ(change->defer[0].order.order, order_id(3));
    EXPECT_FALSE(plan_defer(before, {deferred(1, "ann", 2), stale}));
}

TEST(Defer, KnownRowKeepsItsEpochAndFirstFailure) {
    auto before = snapshot(8);
    before.deferred = {deferred(1, "ann", 2)};
    DeferredOrder again = deferred(1, "ann", 2, DeferredState::kBuried);
    again.epoch = Epoch{0};  // a retry's message
    again.attempt = 5;
    again.first_failed_at = at(4'900);
    const auto change = plan_defer(before, {again});
    ASSERT_TRUE(change);
    EXPECT_EQ(change->kind, MovementKind::kBury);
    const DeferredOrder& kept = change->defer.at(0);
    EXPECT_EQ(kept.epoch, Epoch{2});
    EXPECT_EQ(kept.first_failed_at, at(3'000));
    EXPECT_EQ(kept.attempt, 5);
    EXPECT_EQ(kept.state, DeferredState::kBuried);
}

TEST(Redrive, BringsABuriedOrderBackWithAFreshCount) {
    auto before = snapshot(8);
    before.deferred = {deferred(1, "ann", 2, DeferredState::kBuried), deferred(2, "bob", 1)};
    const auto change = plan_redrive(before, order_id(1), kNote);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->kind, MovementKind::kRedrive);
    EXPECT_EQ(change->defer.at(0).state, DeferredState::kParked);
    EXPECT_EQ(change->defer.at(0).due_at, before.now);
    EXPECT_EQ(change->defer.at(0).attempt, 0);
    EXPECT_EQ(change->notes.size(), 1U);
    EXPECT_FALSE(plan_redrive(before, order_id(2), kNote));  // parked, not buried
    EXPECT_FALSE(plan_redrive(before, order_id(3), kNote));
}

TEST(Discard, RejectsABuriedOrderForGood) {
    auto before = snapshot(8);
    before.deferred = {deferred(1, "ann", 2, DeferredState::kBuried), deferred(2, "bob", 1)};
    before.bought = {{buyer("ann"), 1}};
    const auto change = plan_discard(before, order_id(1), kNote);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->kind, MovementKind::kDiscard);
    EXPECT_EQ(change->units, 0);
    EXPECT_EQ(change->insert.at(0).state, OrderState::kRejected);
    EXPECT_EQ(change->insert.at(0).reason, Reason::kDiscarded);
    EXPECT_EQ(change->undefer, std::vector{order_id(1)});
    EXPECT_EQ(change->bought, (std::vector<BuyerTotal>{{buyer("ann"), 1}}));
    EXPECT_EQ(change->notes.size(), 1U);
    EXPECT_FALSE(plan_discard(before, order_id(2), kNote));
}

TEST(Restock, RaisesTotalAndAvailableAlike) {
    const auto change = plan_restock(snapshot(8), 5, kNote);
    EXPECT_EQ(change.kind, MovementKind::kRestock);
    EXPECT_EQ(change.units, 5);
    EXPECT_EQ(change.total_units, 5);
    EXPECT_EQ(change.notes.size(), 1U);
}

TEST(RestockDeathTest, NeverTakesStockAway) {
    EXPECT_DEATH(plan_restock(snapshot(8), 0, kNote), "added >= 1");
}

TEST(Seal, OnlyMovesForward) {
    const auto change = plan_seal(snapshot(8), Epoch{3});
    ASSERT_TRUE(change);
    EXPECT_EQ(change->kind, MovementKind::kSeal);
    EXPECT_EQ(change->seal, Epoch{3});
    EXPECT_EQ(change->units, 0);
    EXPECT_FALSE(plan_seal(snapshot(8), Epoch{2}));
    EXPECT_FALSE(plan_seal(snapshot(8), Epoch{1}));
}

TEST(Truth, NamesEveryRowAndTheTotalsOfItsBuyers) {
    auto before = snapshot(
        6, {row(1, "ann", 2), row(2, "bob", 1, OrderState::kCancelled),
            row(3, "bob", 1, OrderState::kRejected)}
    );
    before.bought = {{buyer("eve"), 2}, {buyer("ann"), 2}};
    const auto fact = truth_of(before);
    EXPECT_EQ(fact.sale, kSale);
    EXPECT_EQ(fact.epoch, Epoch{3});
    EXPECT_EQ(fact.version, Version{10});
    EXPECT_EQ(fact.available, 6);
    EXPECT_EQ(
        fact.finished, (std::vector<FinishedOrder>{
                           {order_id(1), Letter::kSettled},
                           {order_id(2), Letter::kCancelled},
                           {order_id(3), Letter::kRejected}})
    );
    // bob has no totals row: that means 0, and the gate must hear it.
    EXPECT_EQ(
        fact.bought,
        (std::vector<BuyerTotal>{{buyer("eve"), 2}, {buyer("ann"), 2}, {buyer("bob"), 0}})
    );
}

TEST(MovementKind, NamesAreDistinct) {
    EXPECT_EQ(to_string(MovementKind::kStock), "stock");
    EXPECT_EQ(to_string(MovementKind::kSettle), "settle");
    EXPECT_EQ(to_string(MovementKind::kCancel), "cancel");
    EXPECT_EQ(to_string(MovementKind::kPark), "park");
    EXPECT_EQ(to_string(MovementKind::kBury), "bury");
    EXPECT_EQ(to_string(MovementKind::kRedrive), "redrive");
    EXPECT_EQ(to_string(MovementKind::kDiscard), "discard");
    EXPECT_EQ(to_string(MovementKind::kRestock), "restock");
    EXPECT_EQ(to_string(MovementKind::kSeal), "seal");
}

}  // namespace
}  // namespace sluice
