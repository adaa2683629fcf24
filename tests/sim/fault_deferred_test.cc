// Settlement that fails: parked with tiers, brought back by the tier message or the sweeper, buried
// after five attempts, and then a person's.

#include <gtest/gtest.h>

#include "ports/message_codec.h"
#include "sim/one_process.h"

namespace sluice::sim {
namespace {

constexpr char kOneSold[] = "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held";
constexpr char kOneHeld[] = "10 left, 0 awaiting, 0 paid; gate 10 left, 1 held";

Actor person() { return Actor{"person", "looked into it"}; }

Result<Done> redrive(OneProcess& world, const std::string& key) {
    return world.await(
        world.worker().desk().redrive_order(world.id(key), person(), Deadline::never())
    );
}
Result<Done> discard(OneProcess& world, const std::string& key) {
    return world.await(
        world.worker().desk().discard_order(world.id(key), person(), Deadline::never())
    );
}

// Settling this buyer's orders breaks a constraint of the ledger until allow_all().
void forbid_buyer(OneProcess& world, const std::string& buyer) {
    world.sql(
        "CREATE TRIGGER forbidden BEFORE INSERT ON orders WHEN NEW.buyer = '" + buyer +
        "' AND NEW.state <> 'rejected' BEGIN SELECT RAISE(ABORT, 'this row cannot be'); END"
    );
}
void allow_all(OneProcess& world) { world.sql("DROP TRIGGER forbidden"); }

// An attempt is three applies: the first and two immediate retries.
CallRule failed_attempts(std::uint64_t attempts) {
    return failing("ledger.apply.settle", Fault::kErrorBefore, 3 * attempts, Code::kTransient);
}

void bury_by_attempts(OneProcess& world, const std::string& key) {
    world.fail(failed_attempts(5));
    EXPECT_EQ(world.buy(key), "202");
    EXPECT_TRUE(world.run_until([&] { return world.counted(Count::kBuried) == 1; }, Millis{80'000})
    );
    EXPECT_EQ(world.state(key), "buried 5");
}

TEST(FaultSettleFails, TransientlyIsRetriedAtOnceAndNotParked) {
    OneProcess world;
    world.fail(failing("ledger.apply.settle", Fault::kErrorBefore, 2, Code::kTransient));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{100});
    EXPECT_EQ(world.counted(Count::kRetryTransient), 2U);
    EXPECT_EQ(world.counted(Count::kParked), 0U);
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultSettleFails, ParkedOrderIsHeldAndComesBackByItsTier) {
    OneProcess world;
    world.fail(failed_attempts(1));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{100});
    EXPECT_EQ(world.state("k1"), "parked 1");
    EXPECT_EQ(world.stock(), kOneHeld);
    EXPECT_EQ(world.buy("k1"), "202") << "still accepted, whatever happens to it inside";
    world.run_for(Millis{900});
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultSettleFails, EachAttemptWaitsLongerAndTheOrderSettlesWhenHealed) {
    OneProcess world;
    world.fail(failed_attempts(4));
    EXPECT_EQ(world.buy("k1"), "202");
    const std::vector<std::pair<std::string, Millis>> waits{
        {"parked 1", Millis{400}},
        {"parked 2", Millis{2'900}},
        {"parked 3", Millis{29'000}},
        {"parked 4", Millis{29'000}}};
    for (const auto& [state, wait] : waits) {
        EXPECT_TRUE(world.reaches("k1", state, Millis{3'000})) << state;
        world.run_for(wait);
        EXPECT_EQ(world.state("k1"), state) << "not before its tier";
    }
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.counted(Count::kParked), 4U);
    EXPECT_EQ(world.counted(Count::kBuried), 0U);
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultTierMessageLost, TheSweeperBringsTheOrderBack) {
    OneProcess world;
    world.fail(failing("queue.publish_after", Fault::kErrorBefore));
    world.fail(failing("gate.claim_stale", Fault::kErrorBefore));
    world.fail(failed_attempts(2));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{2'000});
    EXPECT_EQ(world.state("k1"), "parked 1") << "the tier message would have come by now";
    world.run_for(Millis{2'000});
    EXPECT_EQ(world.state("k1"), "parked 2");
    world.run_for(Millis{12'000});
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultSettleFails, FiveAttemptsBuryTheOrderWhichStaysHeldAcrossARestart) {
    OneProcess world;
    bury_by_attempts(world, "k1");
    EXPECT_EQ(world.counted(Count::kParked), 4U);
    EXPECT_EQ(world.stock(), kOneHeld);
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
    world.kill();
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("k1"), "buried 5");
    EXPECT_EQ(world.stock(), kOneHeld);
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("k1"), "buried 5") << "its message changes nothing";
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultBuried, RedriveSettlesIt) {
    OneProcess world;
    bury_by_attempts(world, "k1");
    const auto redriven = redrive(world, "k1");
    EXPECT_TRUE(redriven.ok());
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("k1"), "awaiting_payment");
    EXPECT_EQ(world.stock(), kOneSold);
    const auto again = redrive(world, "k1");
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(text(again.error()), "409 conflict");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultBuried, RedriveWhoseMessageIsLostIsSwept) {
    OneProcess world;
    bury_by_attempts(world, "k1");
    world.fail(failing("queue.publish.orders", Fault::kErrorBefore, 1));
    EXPECT_TRUE(redrive(world, "k1").ok());
    EXPECT_EQ(world.state("k1"), "parked 0");
    EXPECT_TRUE(redrive(world, "k1").ok()) << "and again, for whoever did not hear the answer";
    EXPECT_EQ(world.rows("audit_log WHERE action = 'redrive'"), 1);
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultBuried, DiscardRejectsItAndItsUnitsAreSoldAgain) {
    Offer offer;
    offer.units = 1;
    OneProcess world(offer);
    bury_by_attempts(world, "k1");
    EXPECT_EQ(world.buy("k2", "bob"), "409 sold_out");
    EXPECT_TRUE(discard(world, "k1").ok());
    EXPECT_EQ(world.state("k1"), "rejected discarded");
    EXPECT_EQ(world.buy("k1"), "409 order_rejected");
    EXPECT_EQ(world.stock(), "1 left, 0 awaiting, 0 paid; gate 1 left, 0 held");
    EXPECT_EQ(world.buy("k2", "bob"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), "0 left, 1 awaiting, 0 paid; gate 0 left, 0 held");
    EXPECT_EQ(world.audit(), "") << "L10 allows what a person discarded";
}

TEST(FaultBuried, DiscardWhoseCommitReplyIsLostIsSynced) {
    OneProcess world;
    bury_by_attempts(world, "k1");
    world.fail(failing("ledger.apply.discard", Fault::kUnknownAfter, 1));
    EXPECT_TRUE(discard(world, "k1").ok());
    EXPECT_EQ(world.state("k1"), "rejected discarded");
    EXPECT_EQ(world.gate()->held, 0);
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultBuried, DiscardedTwiceIsDiscardedOnce) {
    OneProcess world;
    bury_by_attempts(world, "k1");
    world.fail(failing("gate.sync", Fault::kErrorBefore, 1));
    EXPECT_TRUE(discard(world, "k1").ok());
    EXPECT_EQ(world.gate()->held, 1) << "the sync was lost";
    EXPECT_TRUE(discard(world, "k1").ok());
    EXPECT_EQ(world.gate()->held, 0);
    EXPECT_EQ(world.rows("audit_log WHERE action = 'discard'"), 1);
    const auto redriven = redrive(world, "k1");
    ASSERT_FALSE(redriven.ok());
    EXPECT_EQ(redriven.error().detail, "the order is not buried: it is rejected");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultSettlePermanent, OnlyTheOneBadOrderOfABatchIsBuried) {
    OneProcess world;
    forbid_buyer(world, "bad");
    world.fail(late("ledger.apply.settle", Millis{3'600'000}, Millis{0}));
    EXPECT_EQ(world.buy("first", "first"), "202");
    for (const std::string name : {"a", "b", "bad", "c", "d"})
        EXPECT_EQ(world.buy(name, name), "202");
    world.kill();  // so that all of them come in one run
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("bad"), "buried 1");
    for (const std::string name : {"first", "a", "b", "c", "d"})
        EXPECT_EQ(world.state(name), "awaiting_payment");
    EXPECT_EQ(world.counted(Count::kBuried), 1U);
    EXPECT_EQ(world.stock(), "5 left, 5 awaiting, 0 paid; gate 5 left, 1 held");
    EXPECT_EQ(world.audit(), "");

    allow_all(world);
    EXPECT_TRUE(redrive(world, "bad").ok());
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("bad"), "awaiting_payment");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultUndecodable, MessageIsSetAsideWholeAndTheNextOnesSettle) {
    OneProcess world;
    const auto published = world.await(
        world.process().queue().publish_raw(world.partition(), "not a message", Deadline::never())
    );
    EXPECT_TRUE(published.ok());
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.counted(Count::kUndecodable), 1U);
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.audit(), "");
}

// Neither an order's row nor a deferred one can be written for it: without the codec's refusal it would hold its
// partition for ever.
TEST(FaultUndecodable, OrderOfAnotherSaleThanItsBatchIsSetAsideAndTheNextOnesSettle) {
    OneProcess world;
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    std::string body = encode(world.message_of("k1", world.sale_row().epoch));
    const std::size_t sale_of_the_id = 18;  // after the batch's head: the id begins with the sale's number
    body[sale_of_the_id] = '\x7f';
    const auto published = world.await(
        world.process().queue().publish_raw(world.partition(), std::move(body), Deadline::never())
    );
    EXPECT_TRUE(published.ok());
    EXPECT_EQ(world.buy("k2", "bob"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.counted(Count::kUndecodable), 1U);
    EXPECT_EQ(world.stock(), "8 left, 2 awaiting, 0 paid; gate 8 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

}  // namespace
}  // namespace sluice::sim
