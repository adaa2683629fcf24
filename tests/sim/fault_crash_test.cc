// The process dies: at each step that the fault table names, and between any two handlers.

#include <gtest/gtest.h>

#include "sim/one_process.h"

namespace sluice::sim {
namespace {

constexpr Millis kHour{3'600'000};
constexpr char kUntouched[] = "10 left, 0 awaiting, 0 paid; gate 10 left, 0 held";
constexpr char kOneSold[] = "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held";

void expect_one_sold(OneProcess& world) {
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.state("k1"), "awaiting_payment");
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.buy("k1"), "200 awaiting_payment");
    EXPECT_EQ(world.audit(), "");
}

// Asks for an order whose call of this name never comes to its end, and dies meanwhile.
void die_during(OneProcess& world, CallRule rule) {
    world.fail(std::move(rule));
    const auto answer = world.ask("k1");
    world.run_for(Millis{1'000});
    EXPECT_FALSE(answer->has_value());
    world.kill();
    EXPECT_TRUE(world.drain());
}

TEST(FaultApiDies, BeforeTheGateLeavesNothing) {
    OneProcess world;
    die_during(world, late("gate.reserve", kHour, Millis{0}));
    EXPECT_EQ(world.stock(), kUntouched);
    EXPECT_EQ(world.insist("k1"), "202");
    expect_one_sold(world);
}

TEST(FaultApiDies, AfterTheGateBeforePublishLeavesNothingInAnotherGate) {
    OneProcess world;
    die_during(world, late("queue.publish.orders", kHour, Millis{0}));
    EXPECT_EQ(world.stock(), kUntouched);
    EXPECT_EQ(world.insist("k1"), "202");
    expect_one_sold(world);
}

TEST(FaultApiDies, AfterPublishBeforeTheReplyTheOrderProceeds) {
    OneProcess world;
    die_during(world, late("queue.publish.orders", Millis{0}, kHour));
    EXPECT_EQ(world.stock(), kOneSold);
    EXPECT_EQ(world.insist("k1"), "200 awaiting_payment");
    expect_one_sold(world);
}

TEST(FaultApiDies, BetweenAnyTwoHandlersUntilTheReply) {
    std::uint64_t handlers = 0;
    for (bool answered = false; !answered; ++handlers) {
        OneProcess world;
        const auto answer = world.ask("k1");
        world.run_handlers(handlers);
        answered = answer->has_value();
        world.kill();
        const std::string said = world.insist("k1");
        EXPECT_TRUE(said == "202" || said == "200 awaiting_payment")
            << said << " after " << handlers;
        expect_one_sold(world);
        if (HasFailure()) FAIL() << "killed after " << handlers << " handlers";
    }
    EXPECT_GT(handlers, 5U);
}

TEST(FaultWorkerDies, BetweenAnyTwoHandlersFromTheReplyToTheAck) {
    std::uint64_t handlers = 0;
    for (bool acked = false; !acked; ++handlers) {
        OneProcess world;
        EXPECT_EQ(world.buy("k1"), "202");
        world.run_handlers(handlers);
        {
            OneProcess unkilled;  // the same run, looked at instead of killed
            EXPECT_EQ(unkilled.buy("k1"), "202");
            unkilled.run_handlers(handlers);
            acked = unkilled.queued() == 0;
        }
        world.kill();
        EXPECT_TRUE(world.drain());
        expect_one_sold(world);
        if (HasFailure()) FAIL() << "killed after " << handlers << " handlers";
    }
    EXPECT_GT(handlers, 3U);
}

TEST(FaultWorkerDies, BeforeCommitRedeliverySettles) {
    OneProcess world;
    world.fail(late("ledger.apply.settle", kHour, Millis{0}));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{500});
    EXPECT_EQ(world.state("k1"), "held");
    world.kill();
    expect_one_sold(world);
    EXPECT_EQ(world.counted(Count::kDuplicates), 0U);
}

TEST(FaultWorkerDies, AfterCommitBeforeSyncRedeliveryHeals) {
    OneProcess world;
    world.fail(late("ledger.apply.settle", Millis{0}, kHour));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{500});
    EXPECT_EQ(world.state("k1"), "awaiting_payment");
    world.kill();
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.counted(Count::kDuplicates), 1U);
    expect_one_sold(world);
}

TEST(FaultWorkerDies, BeforeAckRedeliveryIsADuplicate) {
    OneProcess world;
    world.fail(late("consumer.ack", kHour, Millis{0}));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{500});
    EXPECT_EQ(world.stock(), kOneSold);
    world.kill();
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.counted(Count::kDuplicates), 1U);
    expect_one_sold(world);
}

TEST(FaultRestart, KilledAgainBetweenAnyTwoHandlersOfARebuild) {
    std::uint64_t handlers = 0;
    for (bool open = false; !open; handlers += 3) {
        OneProcess world;
        EXPECT_EQ(world.buy("k1"), "202");
        world.kill();
        world.run_handlers(handlers);
        const auto before = world.sale_row();
        open = before.gate_state == GateState::kOpen && before.epoch > Epoch{2};
        world.kill();
        EXPECT_TRUE(world.drain());
        expect_one_sold(world);
        if (HasFailure() || handlers > 500) FAIL() << "killed after " << handlers << " handlers";
    }
}

}  // namespace
}  // namespace sluice::sim
