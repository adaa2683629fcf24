// Pay, cancel and expire at the same instant: exactly one wins, the others are told.

#include <gtest/gtest.h>

#include "sim/one_process.h"

namespace sluice::sim {
namespace {

constexpr std::uint64_t kSeeds = 150;

struct Wins {
    int paid = 0;
    int cancelled = 0;
    int expired = 0;
};

// What each of the three was told must agree with who won.
void judge(
    const std::string& state, const std::string& paid, const std::string& cancelled, Wins& wins
) {
    if (state == "paid") {
        ++wins.paid;
        EXPECT_EQ(paid, "applied");
        EXPECT_EQ(cancelled, "409 too_late");
        return;
    }
    EXPECT_EQ(paid, "refund_due order_cancelled");
    EXPECT_EQ(cancelled, "cancelled");
    EXPECT_TRUE(state == "cancelled buyer_cancelled" || state == "cancelled expired") << state;
    ++(state == "cancelled expired" ? wins.expired : wins.cancelled);
}

void race(std::uint64_t seed, Wins& wins) {
    Offer offer;
    offer.payment_window = Millis{2'000};
    OneProcess world(offer, seed);
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    const auto row =
        world.await(world.process().orders().find_order(world.id("k1"), Deadline::never()));
    const WallTime due = (*row)->due_at();
    // The sweeper comes by within a second after the deadline.
    Prng chance(seed);
    const Millis offset{static_cast<std::int64_t>(chance.below(1'000))};
    world.run_for(due - world.clock().wall() + offset);
    world.faults().delay_randomly(chance, world.process().clock(), Millis{300});
    const Deadline deadline{world.clock().now() + Millis{10'000}};
    const auto paid =
        world.start(world.process().node().pay.notify(world.payment("p1", "k1"), deadline));
    const auto cancelled =
        world.start(world.process().node().cancel.cancel(world.id("k1"), BuyerId{"ann"}, deadline));
    EXPECT_TRUE(world.run_until([&] { return paid->has_value() && cancelled->has_value(); }));
    EXPECT_TRUE(world.drain());
    judge(world.state("k1"), text(**paid), text(**cancelled), wins);
    const bool sold = world.state("k1") == "paid";
    EXPECT_EQ(
        world.stock(), sold ? "9 left, 0 awaiting, 1 paid; gate 9 left, 0 held"
                            : "10 left, 0 awaiting, 0 paid; gate 10 left, 0 held"
    );
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultRace, PayCancelExpireAtTheSameInstantExactlyOneWins) {
    Wins wins;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        race(seed, wins);
        if (HasFailure()) FAIL() << "seed " << seed;
    }
    EXPECT_GT(wins.paid, 0);
    EXPECT_GT(wins.cancelled, 0);
    EXPECT_GT(wins.expired, 0);
}

}  // namespace
}  // namespace sluice::sim
