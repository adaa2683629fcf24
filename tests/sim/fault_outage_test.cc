// The ledger away for minutes, a full disk, a wall clock that is set.

#include <gtest/gtest.h>

#include "sim/one_process.h"

namespace sluice::sim {
namespace {

constexpr Millis kHour{3'600'000};
constexpr char kOneSold[] = "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held";

TEST(FaultLedgerDown, ForTenMinutesParksNothingAndDrainsOnReturn) {
    OneProcess world;
    world.fail(failing("ledger", Fault::kErrorBefore, kForEver, Code::kUnavailable));
    EXPECT_EQ(world.buy("k1", "ann"), "202") << "the lease still covers it, and the queue has it";
    EXPECT_EQ(world.buy("k2", "bob"), "202");
    world.run_for(Millis{3'500});
    EXPECT_EQ(world.buy("k3", "cid"), "503 recovering") << "the lease ran out";
    world.run_for(Millis{10 * 60'000});
    EXPECT_EQ(world.buy("k3", "cid"), "503 recovering");
    EXPECT_EQ(world.state("k1"), "held");
    EXPECT_GE(world.queued(), 2U) << "held unacked";
    EXPECT_EQ(world.counted(Count::kParked), 0U);
    EXPECT_EQ(world.counted(Count::kBuried), 0U);
    world.faults().heal();
    EXPECT_EQ(world.insist("k3", "cid"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.counted(Count::kParked), 0U);
    EXPECT_EQ(world.stock(), "7 left, 3 awaiting, 0 paid; gate 7 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultLedgerDown, OnlyWhereOrdersAreWrittenParksNothingEither) {
    OneProcess world;
    world.fail(failing("ledger.apply.settle", Fault::kErrorBefore, kForEver, Code::kUnavailable));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{10 * 60'000});
    EXPECT_EQ(world.state("k1"), "held");
    EXPECT_EQ(world.counted(Count::kParked), 0U);
    EXPECT_GE(world.queued(), 1U);
    world.faults().heal();
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultLedgerDown, AndTheProcessKilledMeanwhileLosesNothing) {
    OneProcess world;
    world.fail(failing("ledger", Fault::kErrorBefore, kForEver, Code::kUnavailable));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{60'000});
    world.kill();
    world.fail(failing("ledger", Fault::kErrorBefore, kForEver, Code::kUnavailable));
    world.run_for(Millis{60'000});
    EXPECT_EQ(world.buy("k1"), "503 recovering");
    world.faults().heal();
    EXPECT_EQ(world.insist("k1"), "200 awaiting_payment");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultDiskFull, NothingIsAcceptedThatIsNotDurable) {
    OneProcess world;
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    world.disk().set_full(true);
    EXPECT_EQ(world.buy("k2", "bob"), "503 outcome_unknown");
    EXPECT_EQ(world.state("k2"), "held");
    EXPECT_EQ(world.queued(), 0U);
    EXPECT_TRUE(world.pay("p1", "k1").starts_with("503"));
    EXPECT_TRUE(world.cancel("k1").starts_with("503"));
    EXPECT_FALSE(world.add_stock(1).ok());
    world.run_for(Millis{120'000});
    EXPECT_EQ(world.stock(), "9 left, 1 awaiting, 0 paid; gate 9 left, 1 held");
    world.disk().set_full(false);
    EXPECT_EQ(world.insist("k2", "bob"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("k2"), "awaiting_payment");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultDiskFull, AndThenKilledWhatWasNotAcceptedIsGoneAndWhatWasIsThere) {
    OneProcess world;
    EXPECT_EQ(world.buy("k1"), "202");
    world.disk().set_full(true);
    EXPECT_EQ(world.buy("k2", "bob"), "503 outcome_unknown");
    world.power_off();
    world.disk().set_full(false);
    world.boot();
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("k1"), "awaiting_payment");
    EXPECT_EQ(world.audit(), "");
    EXPECT_EQ(world.insist("k2", "bob"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), "8 left, 2 awaiting, 0 paid; gate 8 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

class FaultClockSteps : public testing::TestWithParam<Millis> {};

TEST_P(FaultClockSteps, LeaseIsUntouchedAndExpiryPausesAndGoesOn) {
    Offer offer;
    offer.payment_window = Millis{20'000};
    OneProcess world(offer);
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    world.run_for(Millis{1'500});  // the expirer has seen the time before
    world.clock().step_wall(GetParam());
    EXPECT_EQ(world.buy("k2", "bob"), "202") << "the lease hangs on CLOCK_BOOTTIME";
    world.run_for(Millis{30'000});
    EXPECT_EQ(world.counted(Count::kLeaseExpired), 0U);
    EXPECT_EQ(world.counted(Count::kClockSteps), 1U);
    EXPECT_TRUE(world.process().log().contains("expiry pauses", LogLevel::kError));
    EXPECT_EQ(world.state("k1"), "awaiting_payment")
        << "nothing expires while the clock is in doubt";
    EXPECT_EQ(world.state("k2"), "awaiting_payment");
    world.run_for(Millis{60'000});
    EXPECT_EQ(world.state("k2"), "cancelled expired") << "the new time is believed after a minute";
    EXPECT_TRUE(world.process().log().contains("expiring again", LogLevel::kWarn));
    EXPECT_EQ(world.audit(), "");
}
INSTANTIATE_TEST_SUITE_P(
    ForwardsAndBack, FaultClockSteps, testing::Values(kHour, -kHour),
    [](const auto& step) { return step.param > Millis{0} ? "AnHourAhead" : "AnHourBack"; }
);

TEST(FaultClockStepsBack, AndReturnsWithinTheMinuteExpiryGoesOnAtOnce) {
    Offer offer;
    offer.payment_window = Millis{10'000};
    OneProcess world(offer);
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    world.run_for(Millis{1'500});
    world.clock().step_wall(kHour);
    world.run_for(Millis{3'000});
    EXPECT_EQ(world.state("k1"), "awaiting_payment");
    world.clock().step_wall(-kHour);
    world.run_for(Millis{3'000});
    EXPECT_EQ(world.state("k1"), "awaiting_payment") << "it has time left";
    EXPECT_TRUE(world.process().log().contains("the ledger's clock is back"));
    world.run_for(Millis{5'000});
    EXPECT_EQ(world.state("k1"), "cancelled expired");
    EXPECT_EQ(world.counted(Count::kClockSteps), 1U);
    EXPECT_EQ(world.audit(), "");
}

}  // namespace
}  // namespace sluice::sim
