// Expiries and cancels that keep failing: immediate retries, a row, tiers, the desk. A payment that
// arrives wins.

#include <gtest/gtest.h>

#include "sim/one_process.h"

namespace sluice::sim {
namespace {

constexpr Millis kShort{1'000};
constexpr Millis kLong{3'600'000};
constexpr char kOneSold[] = "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held";
constexpr char kAllBack[] = "10 left, 0 awaiting, 0 paid; gate 10 left, 0 held";

Actor person() { return Actor{"person", "looked into it"}; }

Offer with_window(Millis payment_window) {
    Offer offer;
    offer.payment_window = payment_window;
    return offer;
}

CallRule cancels_fail(std::uint64_t times = kForEver) {
    return failing("ledger.apply.cancel", Fault::kErrorBefore, times, Code::kTransient);
}

bool redrive(OneProcess& world, WorkKind kind) {
    std::string key = world.id("k1").text();
    return world
        .await(world.worker().desk().redrive_work(kind, std::move(key), person(), Deadline::never())
        )
        .ok();
}

std::string work_text(OneProcess& world) {
    const auto rows = world.dead_letters().work;
    if (rows.empty()) return "none";
    const DeferredWork& row = rows.front();
    return std::string(to_string(row.kind)) + " " + std::string(to_string(row.state)) + " " +
           std::to_string(row.attempt);
}

void sell(OneProcess& world) {
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("k1"), "awaiting_payment");
}

// Sold, and its expiry failed five times.
void bury_expiry(OneProcess& world) {
    sell(world);
    world.fail(cancels_fail());
    EXPECT_TRUE(world.run_until([&] { return world.counted(Count::kBuried) == 1; }, Millis{90'000})
    );
    EXPECT_EQ(work_text(world), "expiry buried 5");
}

TEST(FaultExpiryFails, TransientlyIsRetriedAtOnce) {
    OneProcess world(with_window(kShort));
    sell(world);
    world.fail(cancels_fail(2));
    world.run_for(Millis{3'000});
    EXPECT_EQ(world.counted(Count::kRetryTransient), 2U);
    EXPECT_EQ(world.counted(Count::kParked), 0U);
    EXPECT_EQ(world.state("k1"), "cancelled expired");
    EXPECT_EQ(world.stock(), kAllBack);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultExpiryFails, ParkedIsRetriedByTier) {
    OneProcess world(with_window(kShort));
    sell(world);
    world.fail(cancels_fail(6));
    EXPECT_TRUE(world.run_until([&] { return world.counted(Count::kParked) == 1; }, Millis{4'000}));
    EXPECT_EQ(work_text(world), "expiry parked 1");
    EXPECT_EQ(world.stock(), kOneSold) << "the order keeps its units";
    EXPECT_TRUE(world.run_until([&] { return world.counted(Count::kParked) == 2; }, Millis{2'000}));
    EXPECT_TRUE(world.run_until([&] { return world.counted(Count::kExpired) == 1; }, Millis{5'000})
    );
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(work_text(world), "none");
    EXPECT_EQ(world.stock(), kAllBack);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultExpiryFails, HintLostIsSwept) {
    OneProcess world(with_window(kShort));
    sell(world);
    world.fail(failing("queue.publish_after", Fault::kErrorBefore));
    world.fail(cancels_fail(3));
    EXPECT_TRUE(world.run_until([&] { return world.counted(Count::kExpired) == 1; }, Millis{6'000})
    );
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(work_text(world), "none");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultExpiryFails, FiveAttemptsBuryItAndTheOrderKeepsItsUnits) {
    OneProcess world(with_window(kShort));
    bury_expiry(world);
    world.run_for(Millis{60'000});
    EXPECT_EQ(world.counted(Count::kParked), 4U);
    EXPECT_EQ(world.counted(Count::kBuried), 1U) << "nobody tries it again";
    EXPECT_EQ(world.state("k1"), "awaiting_payment");
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultExpiryFails, RedriveCancelsIt) {
    OneProcess world(with_window(kShort));
    bury_expiry(world);
    world.faults().heal();
    world.fail(failing("ledger.due", Fault::kErrorBefore));  // nobody tries it yet
    EXPECT_TRUE(redrive(world, WorkKind::kExpiry));
    EXPECT_EQ(work_text(world), "expiry parked 0");
    EXPECT_TRUE(redrive(world, WorkKind::kExpiry)) << "and again, for whoever did not hear the answer";
    EXPECT_EQ(world.rows("audit_log WHERE action = 'redrive'"), 1);
    world.faults().heal();
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("k1"), "cancelled expired");
    EXPECT_EQ(work_text(world), "none");
    EXPECT_EQ(world.stock(), kAllBack);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultExpiryFails, PaymentMeanwhileWinsAndTheRetryFindsNothingToDo) {
    OneProcess world(with_window(kShort));
    sell(world);
    world.fail(cancels_fail());
    EXPECT_TRUE(world.run_until([&] { return world.counted(Count::kParked) == 2; }, Millis{9'000}));
    EXPECT_EQ(world.pay("p1", "k1"), "applied");
    world.faults().heal();
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("k1"), "paid");
    EXPECT_EQ(work_text(world), "none");
    EXPECT_EQ(world.counted(Count::kExpired), 0U);
    EXPECT_EQ(world.stock(), "9 left, 0 awaiting, 1 paid; gate 9 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultExpiryFails, PaymentOfABuriedExpiryWinsAndRedriveFindsNothingToDo) {
    OneProcess world(with_window(kShort));
    bury_expiry(world);
    world.faults().heal();
    EXPECT_EQ(world.pay("p1", "k1"), "applied");
    EXPECT_TRUE(redrive(world, WorkKind::kExpiry));
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("k1"), "paid");
    EXPECT_EQ(work_text(world), "none");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultExpiryFails, RowThatCannotBeWrittenIsFoundByItsDeadline) {
    OneProcess world(with_window(kShort));
    sell(world);
    world.fail(failing("ledger.defer_work", Fault::kErrorBefore));
    world.fail(cancels_fail());
    world.run_for(Millis{30'000});
    EXPECT_EQ(work_text(world), "none");
    EXPECT_EQ(world.stock(), kOneSold);
    world.faults().heal();
    world.run_for(Millis{2'000});
    EXPECT_EQ(world.state("k1"), "cancelled expired");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultExpiryFails, ForOneOrderDoesNotKeepTheOthersWaiting) {
    OneProcess world(with_window(kShort));
    for (const std::string name : {"a", "bad", "b", "c"}) EXPECT_EQ(world.buy(name, name), "202");
    EXPECT_TRUE(world.drain());
    world.sql(
        "CREATE TRIGGER forbidden BEFORE UPDATE ON orders WHEN NEW.buyer = 'bad' AND NEW.state = "
        "'cancelled'"
        " BEGIN SELECT RAISE(ABORT, 'this row stays'); END"
    );
    world.run_for(Millis{3'000});
    EXPECT_EQ(world.state("bad"), "awaiting_payment");
    for (const std::string name : {"a", "b", "c"})
        EXPECT_EQ(world.state(name), "cancelled expired");
    EXPECT_EQ(world.stock(), kOneSold);
    world.sql("DROP TRIGGER forbidden");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("bad"), "cancelled expired");
    EXPECT_EQ(world.stock(), kAllBack);
    EXPECT_EQ(world.audit(), "");
}

constexpr char kOperatorsNote[] =
    "audit_log WHERE actor = 'operator' AND action = 'cancel' AND reason = 'test'";

TEST(OperatorCancel, LeavesOneAuditRowWithActorAndReason) {
    OneProcess world(with_window(kLong));
    sell(world);
    world.fail(failing("ledger.apply.cancel", Fault::kUnknownAfter, 1));
    EXPECT_EQ(world.cancel("k1"), "cancelled");
    EXPECT_EQ(world.cancel("k1"), "cancelled") << "asked again";
    EXPECT_EQ(world.rows(std::string(kOperatorsNote) + " AND subject = 'order " + world.id("k1").text() + "'"), 1);
    world.run_for(Millis{31'000});  // the gate learns of a commit in doubt from reconciliation
    EXPECT_EQ(world.audit(), "");
}

TEST(OperatorCancel, OfTheBuyersOwnLeavesNone) {
    OneProcess world(with_window(kLong));
    sell(world);
    const auto cancelled = world.await(world.process().node().cancel.cancel(
        world.id("k1"), BuyerId{"ann"}, Deadline{world.clock().now() + kLong}
    ));
    EXPECT_EQ(text(cancelled), "cancelled");
    EXPECT_EQ(world.rows("audit_log WHERE action = 'cancel'"), 0);
}

TEST(FaultCancelFails, IsRecordedAsPendingAndDoneByTier) {
    OneProcess world(with_window(kLong));
    sell(world);
    world.fail(cancels_fail(3));
    EXPECT_EQ(world.cancel("k1"), "pending");
    EXPECT_EQ(world.rows(kOperatorsNote), 1) << "whoever carries it out later, a person asked for it";
    EXPECT_EQ(work_text(world), "cancel parked 1");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("k1"), "cancelled buyer_cancelled");
    EXPECT_EQ(world.stock(), kAllBack);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultCancelFails, FiveAttemptsBuryItAndRedriveCancelsIt) {
    OneProcess world(with_window(kLong));
    sell(world);
    world.fail(cancels_fail());
    EXPECT_EQ(world.cancel("k1"), "pending");
    EXPECT_TRUE(world.run_until([&] { return world.counted(Count::kBuried) == 1; }, Millis{90'000})
    );
    EXPECT_EQ(work_text(world), "cancel buried 5");
    EXPECT_EQ(world.stock(), kOneSold);
    world.faults().heal();
    EXPECT_TRUE(redrive(world, WorkKind::kCancel));
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("k1"), "cancelled buyer_cancelled");
    EXPECT_EQ(work_text(world), "none");
    EXPECT_EQ(world.stock(), kAllBack);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultCancelFails, PaymentMeanwhileWins) {
    OneProcess world(with_window(kLong));
    sell(world);
    world.fail(cancels_fail());
    EXPECT_EQ(world.cancel("k1"), "pending");
    EXPECT_EQ(world.pay("p1", "k1"), "applied");
    world.faults().heal();
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("k1"), "paid");
    EXPECT_EQ(work_text(world), "none");
    EXPECT_EQ(world.cancel("k1"), "409 too_late");
    EXPECT_EQ(world.audit(), "");
}

}  // namespace
}  // namespace sluice::sim
