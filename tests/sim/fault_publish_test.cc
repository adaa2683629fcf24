// Between the gate and the ledger: confirms that do not come, messages that come twice, syncs that
// get lost.

#include <gtest/gtest.h>

#include "sim/one_process.h"

namespace sluice::sim {
namespace {

constexpr char kOneSold[] = "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held";
constexpr char kOneHeld[] = "10 left, 0 awaiting, 0 paid; gate 10 left, 1 held";

TEST(FaultBrokerKnownDown, NothingIsReservedAndAdmissionGoesOnAfterwards) {
    OneProcess world;
    world.process().set_queue_known_down(true);
    EXPECT_EQ(world.buy("k1"), "503 queue_unavailable");
    EXPECT_EQ(world.stock(), "10 left, 0 awaiting, 0 paid; gate 10 left, 0 held");
    world.process().set_queue_known_down(false);
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultConfirmLost, NotPublishedKeepsTheHoldAndIsPublishedAgainAfterTenSeconds) {
    OneProcess world;
    world.fail(failing("queue.publish.orders", Fault::kErrorBefore, 1));
    EXPECT_EQ(world.buy("k1"), "503 outcome_unknown");
    world.run_for(Millis{9'000});
    EXPECT_EQ(world.state("k1"), "held");
    EXPECT_EQ(world.stock(), kOneHeld);
    EXPECT_EQ(world.queued(), 0U);
    EXPECT_EQ(world.counted(Count::kRepublished), 0U);
    world.run_for(Millis{3'000});
    EXPECT_EQ(world.counted(Count::kRepublished), 1U);
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.buy("k1"), "200 awaiting_payment");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultConfirmLost, NotPublishedAndRepeatedWithTheSameKeyIsPublishedByTheRepeat) {
    OneProcess world;
    world.fail(failing("queue.publish.orders", Fault::kErrorBefore, 1));
    EXPECT_EQ(world.buy("k1"), "503 outcome_unknown");
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.counted(Count::kRepublished), 0U);
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.buy("k1"), "200 awaiting_payment");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultConfirmLost, PublishedAllTheSameSettlesOnce) {
    OneProcess world;
    world.fail(failing("queue.publish.orders", Fault::kUnknownAfter, 1));
    EXPECT_EQ(world.buy("k1"), "503 outcome_unknown");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.buy("k1"), "200 awaiting_payment");
    EXPECT_EQ(world.counted(Count::kDuplicates), 0U);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultConfirmLost, ForMinutesHoldsOnceAndPromisesNothing) {
    OneProcess world;
    world.fail(failing("queue.publish.orders", Fault::kErrorBefore));
    for (int minute = 0; minute < 3; ++minute) {
        EXPECT_EQ(world.buy("k1"), "503 outcome_unknown");
        EXPECT_EQ(world.stock(), kOneHeld);
        world.run_for(Millis{60'000});
    }
    world.faults().heal();
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultDeliveredTwice, InOneRunSettlesOnce) {
    OneProcess world;
    world.fail(late("ledger.apply.settle", Millis{60'000}, Millis{0}));
    EXPECT_EQ(world.buy("k1"), "202");
    world.publish(world.message_of("k1", Epoch{2}));
    world.publish(world.message_of("k1", Epoch{2}));
    world.kill();
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.counted(Count::kDuplicates), 2U);
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultDeliveredTwice, AgainAfterSettlePayAndCancelChangesNothing) {
    OneProcess world;
    for (const std::string key : {"settled", "paid", "cancelled"}) {
        EXPECT_EQ(world.buy(key, key), "202");
        EXPECT_TRUE(world.drain());
    }
    EXPECT_EQ(world.pay("p1", "paid"), "applied");
    EXPECT_EQ(world.cancel("cancelled"), "cancelled");
    const std::string stock = world.stock();
    EXPECT_EQ(stock, "8 left, 1 awaiting, 1 paid; gate 8 left, 0 held");
    for (const std::string key : {"settled", "paid", "cancelled"})
        world.publish(world.message_of(key, Epoch{2}));
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.counted(Count::kDuplicates), 3U);
    EXPECT_EQ(world.stock(), stock);
    EXPECT_EQ(world.state("paid"), "paid");
    EXPECT_EQ(world.state("cancelled"), "cancelled buyer_cancelled");
    EXPECT_EQ(world.letter("cancelled"), Letter::kCancelled);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultSyncLost, IsHealedByTheMessageComingAgain) {
    OneProcess world;
    world.fail(failing("gate.sync", Fault::kErrorBefore, 1));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{5'000});
    EXPECT_EQ(world.counted(Count::kSyncLost), 1U);
    EXPECT_EQ(world.stock(), "9 left, 1 awaiting, 0 paid; gate 10 left, 1 held");
    EXPECT_EQ(world.buy("k1"), "202")
        << "the gate says held, and that is no lie: it is published again";
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.letter("k1"), Letter::kSettled);
    EXPECT_EQ(world.counted(Count::kReconcileFindings), 0U);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultSyncLost, IsHealedByTheRecoveryLoopWhenNobodyAsks) {
    OneProcess world;
    world.fail(failing("gate.sync", Fault::kErrorBefore, 1));
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(
        world.run_until([&] { return world.counted(Count::kDuplicates) == 1; }, Millis{12'000})
    );
    EXPECT_EQ(world.counted(Count::kRepublished), 1U);
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultSyncLost, OfACancelIsHealedByReconcileWithLetterAndTotal) {
    Offer offer;
    offer.limit = 1;
    OneProcess world(offer);
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    world.fail(failing("gate.sync", Fault::kErrorBefore, 1));
    EXPECT_EQ(world.cancel("k1"), "cancelled");
    EXPECT_EQ(world.stock(), "10 left, 0 awaiting, 0 paid; gate 9 left, 0 held");
    EXPECT_EQ(world.buy("k2"), "409 limit_reached");
    EXPECT_TRUE(world.run_until(
        [&] { return world.counted(Count::kReconcileRepairs) == 1; }, Millis{31'000}
    ));
    EXPECT_EQ(world.stock(), "10 left, 0 awaiting, 0 paid; gate 10 left, 0 held");
    EXPECT_EQ(world.letter("k1"), Letter::kCancelled);
    EXPECT_EQ(world.buy("k2"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.counted(Count::kReconcileFindings), 1U);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultSyncLost, OfACancelHiddenByTheNextSyncIsHealedInDepthWithinFiveMinutes) {
    Offer offer;
    offer.limit = 1;
    OneProcess world(offer);
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    world.fail(failing("gate.sync", Fault::kErrorBefore, 1));
    EXPECT_EQ(world.cancel("k1"), "cancelled");
    EXPECT_EQ(world.buy("other", "bob"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), kOneSold) << "the versions agree again, and nothing shows";
    EXPECT_EQ(world.buy("k2"), "409 limit_reached");
    EXPECT_EQ(world.letter("k1"), Letter::kSettled);
    world.run_for(Millis{5 * 60'000 + 1'000});
    EXPECT_EQ(world.letter("k1"), Letter::kCancelled);
    EXPECT_EQ(world.buy("k2"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultSyncLost, OfAHoldAtTheSameVersionIsHealedByReconcile) {
    OneProcess world;
    world.fail(failing("gate.claim_stale", Fault::kErrorBefore));
    world.fail(failing("gate.sync", Fault::kErrorBefore, 1));
    EXPECT_EQ(world.buy("k1", "ann"), "202");
    world.run_for(Millis{1'000});
    EXPECT_EQ(world.buy("k2", "bob"), "202");  // its sync brings the gate to the ledger's version
    world.run_for(Millis{1'000});
    EXPECT_EQ(world.stock(), "8 left, 2 awaiting, 0 paid; gate 8 left, 1 held");
    EXPECT_TRUE(world.run_until(
        [&] { return world.counted(Count::kReconcileRepairs) == 1; }, Millis{65'000}
    ));
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), "8 left, 2 awaiting, 0 paid; gate 8 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

}  // namespace
}  // namespace sluice::sim
