// Fail the n-th port call, alone or with all that follow, in every way, for every n of a whole
// order: whatever call it is, the order ends as it would have without the fault, and nobody had to
// help.

#include <gtest/gtest.h>

#include <functional>

#include "sim/one_process.h"

namespace sluice::sim {
namespace {

constexpr Millis kOutage{120'000};  // how long "from then on" lasts
constexpr Millis kReconciled{31'000};

struct Story {
    std::string name;
    Millis payment_window;
    std::string end;                              // of the order
    std::string stock;                            // when all is over
    std::function<std::string(OneProcess&)> act;  // after the order was accepted; nullptr: wait
};

const std::vector<Story>& stories() {
    static const std::vector<Story> all{
        {"pay", Millis{3'600'000}, "paid", "9 left, 0 awaiting, 1 paid; gate 9 left, 0 held",
         [](OneProcess& world) { return world.pay("p1", "k1"); }},
        {"expire", Millis{1'000}, "cancelled expired",
         "10 left, 0 awaiting, 0 paid; gate 10 left, 0 held", nullptr},
        {"cancel", Millis{3'600'000}, "cancelled buyer_cancelled",
         "10 left, 0 awaiting, 0 paid; gate 10 left, 0 held",
         [](OneProcess& world) { return world.cancel("k1"); }},
    };
    return all;
}

// Repeats what answers "try again", and takes the fault away when the outage is over.
void insist(OneProcess& world, Instant heal_at, const std::function<std::string()>& step) {
    for (;;) {
        const std::string said = step();
        const bool again = said.starts_with("5") || said == "409 not_settled_yet";
        if (!again) return;
        if (world.clock().now() >= heal_at) world.faults().heal();
        world.run_for(Millis{500});
    }
}

// Returns how many port calls the story took.
std::uint64_t tell(OneProcess& world, const Story& story) {
    const std::uint64_t calls_before = world.faults().calls();
    const Instant heal_at = world.clock().now() + kOutage;
    insist(world, heal_at, [&] { return world.buy("k1"); });
    if (story.act) insist(world, heal_at, [&] { return story.act(world); });
    while (world.state("k1") != story.end && world.clock().now() < heal_at)
        world.run_for(Millis{100});
    world.faults().heal();
    EXPECT_TRUE(world.drain());
    return world.faults().calls() - calls_before;
}

struct Way {
    Fault fault;
    Code error;
    bool and_all_later;
};

void try_every_call(const Way& way) {
    for (const Story& story : stories()) {
        std::uint64_t calls = 1;
        for (std::uint64_t n = 0; n <= calls; ++n) {
            Offer offer;
            offer.payment_window = story.payment_window;
            OneProcess world(offer);
            world.faults().set_error(way.error);
            if (n > 0) world.faults().fail_call(n, way.fault, way.and_all_later);
            const std::uint64_t took = tell(world, story);
            if (n == 0) calls = took;
            for (int wait = 0; wait < 600 && world.state("k1") != story.end; ++wait)
                world.run_for(Millis{100});
            EXPECT_EQ(world.state("k1"), story.end);
            EXPECT_TRUE(world.drain());
            if (world.stock() != story.stock) world.run_for(kReconciled);  // a lost last sync
            EXPECT_EQ(world.stock(), story.stock);
            EXPECT_TRUE(world.dead_letters().orders.empty() && world.dead_letters().work.empty());
            EXPECT_EQ(world.audit(), "");
            if (testing::Test::HasFailure()) {
                FAIL() << story.name << ", call " << n << " of " << calls << ": "
                       << world.faults().last_failed();
            }
        }
        EXPECT_GT(calls, 5U);
    }
}

TEST(FaultEveryCall, FailsOnceBeforeItHappens) {
    try_every_call({Fault::kErrorBefore, Code::kUnavailable, false});
}

TEST(FaultEveryCall, FailsOnceAsTransient) {
    try_every_call({Fault::kErrorBefore, Code::kTransient, false});
}

TEST(FaultEveryCall, IsUnknownOnceAfterItHappened) {
    try_every_call({Fault::kUnknownAfter, Code::kUnavailable, false});
}

TEST(FaultEveryCall, FailsFromThenOnBeforeItHappens) {
    try_every_call({Fault::kErrorBefore, Code::kUnavailable, true});
}

TEST(FaultEveryCall, FailsFromThenOnAsTransient) {
    try_every_call({Fault::kErrorBefore, Code::kTransient, true});
}

TEST(FaultEveryCall, IsUnknownFromThenOnAfterItHappened) {
    try_every_call({Fault::kUnknownAfter, Code::kUnavailable, true});
}

}  // namespace
}  // namespace sluice::sim
