// Settling under the optimistic lock: replies of a COMMIT that get lost, and others who take the
// version first.

#include <gtest/gtest.h>

#include "sim/one_process.h"

namespace sluice::sim {
namespace {

constexpr char kOneSold[] = "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held";

TEST(FaultCommitReplyLost, TheUniqueKeyDecides) {
    OneProcess world;
    world.fail(failing("ledger.apply.settle", Fault::kUnknownAfter, 1));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{1'000});
    EXPECT_EQ(world.counted(Count::kRetryUnknown), 1U);
    EXPECT_EQ(world.counted(Count::kDuplicates), 1U);
    EXPECT_EQ(world.stock(), kOneSold) << "synced from the snapshot that showed the row";
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultCommitReplyLost, AndNothingWasCommittedIsRepeated) {
    OneProcess world;
    world.fail(failing("ledger.apply.settle", Fault::kErrorBefore, 2, Code::kOutcomeUnknown));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{1'000});
    EXPECT_EQ(world.counted(Count::kRetryUnknown), 2U);
    EXPECT_EQ(world.counted(Count::kParked), 0U);
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultCommitReplyLost, AndTheLedgerUnreadableNeitherParksNorSettlesTwice) {
    OneProcess world;
    world.fail(failing("ledger.apply.settle", Fault::kUnknownAfter, 1));
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.run_until([&] { return world.faults().failures() == 1; }));
    world.fail(failing("ledger.snapshot", Fault::kErrorBefore, 6, Code::kTransient));
    world.run_for(Millis{1'000});
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.counted(Count::kParked), 0U);
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultCommitReplyLost, OfAddedStockIsToldAndNotRepeated) {
    OneProcess world;
    world.fail(failing("ledger.apply.restock", Fault::kUnknownAfter, 1));
    const auto added = world.add_stock(5);
    ASSERT_FALSE(added.ok());
    EXPECT_EQ(text(added.error()), "503 outcome_unknown");
    EXPECT_EQ(world.sale_row().total, 15);
    world.run_for(Millis{31'000});  // its sync is reconcile's
    EXPECT_EQ(world.stock(), "15 left, 0 awaiting, 0 paid; gate 15 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultVersionConflict, StockAddedBetweenSnapshotAndApply) {
    OneProcess world;
    world.fail(late("ledger.apply.settle", Millis{1'000}, Millis{0}));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{100});
    EXPECT_TRUE(world.add_stock(5).ok());
    EXPECT_EQ(world.stock(), "15 left, 0 awaiting, 0 paid; gate 15 left, 1 held");
    world.run_for(Millis{1'000});
    EXPECT_EQ(world.counted(Count::kVersionConflicts), 1U);
    EXPECT_EQ(world.stock(), "14 left, 1 awaiting, 0 paid; gate 14 left, 0 held");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultVersionConflict, ExpiryBetweenSnapshotAndApply) {
    Offer offer;
    offer.payment_window = Millis{1'000};
    OneProcess world(offer);
    EXPECT_EQ(world.buy("k1", "ann"), "202");
    EXPECT_TRUE(world.drain());
    world.fail(late("ledger.apply.settle", Millis{4'000}, Millis{0}));
    EXPECT_EQ(world.buy("k2", "bob"), "202");
    world.run_for(Millis{3'500});
    EXPECT_EQ(world.state("k1"), "cancelled expired");
    EXPECT_EQ(world.state("k2"), "held");
    world.run_for(Millis{1'000});
    EXPECT_EQ(world.counted(Count::kVersionConflicts), 1U);
    EXPECT_EQ(world.state("k2"), "awaiting_payment");
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultVersionConflict, AgainAndAgainSettlesWhenTheOthersAreDone) {
    OneProcess world;
    CallRule rule = late("ledger.apply.settle", Millis{50}, Millis{0});
    rule.times = kForEver;
    world.fail(std::move(rule));
    EXPECT_EQ(world.buy("k1"), "202");
    for (int other = 0; other < 50; ++other) {  // somebody is always faster
        EXPECT_TRUE(world.add_stock(1).ok());
        world.run_for(Millis{20});
    }
    EXPECT_GE(world.counted(Count::kVersionConflicts), 15U);
    EXPECT_EQ(world.state("k1"), "held");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("k1"), "awaiting_payment");
    EXPECT_EQ(world.counted(Count::kParked), 0U);
    EXPECT_EQ(world.stock(), "59 left, 1 awaiting, 0 paid; gate 59 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

}  // namespace
}  // namespace sluice::sim
