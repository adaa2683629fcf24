// The laws of docs/protocol.md §10 over random interleavings of everything that can happen: once
// with rapidcheck, which shrinks a failing history to a short one, once over long histories from
// fixed seeds; and each weakened rule breaks one.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "base/prng.h"
#include "model_world.h"

namespace sluice {
namespace {

struct Move {
    Step step;
    std::uint32_t pick;
};

std::ostream& operator<<(std::ostream& out, const Move& move) {
    return out << static_cast<int>(move.step) << "/" << move.pick;
}

// Catastrophes are rare, and what repairs them is frequent, or histories would be nothing but
// ruins.
int weight_of(Step step) {
    switch (step) {
        case Step::kReserve:
            return 40;
        case Step::kPublish:
        case Step::kSettle:
        case Step::kSync:
            return 30;
        case Step::kTakeImage:
        case Step::kLoad:
            return 15;
        case Step::kCancel:
        case Step::kExpire:
        case Step::kSettleUnacked:
        case Step::kSyncTwice:
        case Step::kLoseSync:
        case Step::kPlanAsZombie:
        case Step::kZombieApplies:
        case Step::kClaimStale:
            return 8;
        case Step::kNodeDies:
        case Step::kPay:
        case Step::kRestock:
        case Step::kPark:
        case Step::kBury:
        case Step::kSweep:
        case Step::kRedrive:
        case Step::kDiscard:
        case Step::kReconcile:
            return 4;
        case Step::kLoseGate:
        case Step::kServerChanges:
            return 1;
        case Step::kBeginRebuild:
            return 6;
        case Step::kLimit_:
            return 0;
    }
    return 0;
}

std::vector<Step> weighted_steps() {
    std::vector<Step> steps;
    for (int i = 0; i < static_cast<int>(Step::kLimit_); ++i) {
        const auto step = static_cast<Step>(i);
        steps.insert(steps.end(), static_cast<std::size_t>(weight_of(step)), step);
    }
    return steps;
}

Step any_step(std::uint64_t roll) {
    static const std::vector<Step> steps = weighted_steps();
    return steps[roll % steps.size()];
}

rc::Gen<std::vector<Move>> histories(int length_max) {
    const auto move = rc::gen::apply(
        [](std::uint16_t roll, std::uint16_t pick) {
            return Move{any_step(roll), pick};
        },
        rc::gen::arbitrary<std::uint16_t>(), rc::gen::arbitrary<std::uint16_t>()
    );
    return rc::gen::resize(length_max, rc::gen::container<std::vector<Move>>(move));
}

RC_GTEST_PROP(Protocol, LawsHoldAfterEveryStep, ()) {
    const std::vector<Move> history = *histories(400);
    ModelWorld world;
    for (const Move& move : history) {
        world.take(move.step, move.pick);
        const std::string broken = world.broken_law();
        if (!broken.empty()) RC_FAIL(broken);
    }
    world.come_to_rest();
    const std::string broken = world.broken_law() + world.broken_rest();
    if (!broken.empty()) RC_FAIL(broken);
}

struct Outcome {
    std::string broken;
    std::size_t promises = 0;
    std::size_t settled = 0;
};

Outcome play(std::uint64_t seed, Mutation mutation, int steps) {
    Prng prng(seed);
    ModelWorld world(mutation);
    Outcome outcome;
    for (int i = 0; i < steps && outcome.broken.empty(); ++i) {
        const Step step = any_step(prng.next());
        world.take(step, static_cast<std::uint32_t>(prng.next()));
        outcome.broken = world.broken_law();
    }
    if (outcome.broken.empty()) {
        world.come_to_rest();
        outcome.broken = world.broken_law() + world.broken_rest();
    }
    outcome.promises = world.promises();
    outcome.settled = world.settled();
    return outcome;
}

constexpr std::uint64_t kSeeds = 400;
constexpr int kSteps = 400;

TEST(Protocol, LawsHoldOverLongHistories) {
    std::size_t promises = 0;
    std::size_t settled = 0;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const Outcome outcome = play(seed, Mutation::kNone, kSteps);
        ASSERT_EQ(outcome.broken, "") << "seed " << seed;
        promises += outcome.promises;
        settled += outcome.settled;
    }
    // The histories must be about something: on average several orders are promised and settled in
    // each.
    EXPECT_GT(promises, kSeeds * 5);
    EXPECT_GT(settled, kSeeds * 5);
}

struct Weakened {
    Mutation mutation;
    const char* name;
    const char* laws;  // any of which may be the first to notice
};

class WeakenedProtocol : public ::testing::TestWithParam<Weakened> {};

TEST_P(WeakenedProtocol, BreaksALaw) {
    std::set<std::string> noticed;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const std::string broken = play(seed, GetParam().mutation, kSteps).broken;
        if (!broken.empty()) noticed.insert(broken.substr(0, broken.find(':')));
    }
    EXPECT_FALSE(noticed.empty()) << "no law noticed this weakening";
    const std::string expected = GetParam().laws;
    for (const std::string& law : noticed) {
        EXPECT_NE((expected + " ").find(law + " "), std::string::npos) << law;
    }
}

INSTANTIATE_TEST_SUITE_P(
    EveryRule, WeakenedProtocol,
    ::testing::Values(
        Weakened{Mutation::kTotalsOfAnOlderRead, "TotalsOfAnOlderRead", "L4 L10"},
        Weakened{Mutation::kAvailableOfAnOlderRead, "AvailableOfAnOlderRead", "L5 L9"},
        Weakened{Mutation::kFinishedWithoutTotals, "FinishedWithoutTotals", "L4 L10"},
        Weakened{Mutation::kNodeReleasesHolds, "NodeReleasesHolds", "L7 L9 L10"},
        Weakened{Mutation::kStaleSettles, "StaleSettles", "L9 L10"},
        Weakened{Mutation::kSealWithoutBarrier, "SealWithoutBarrier", "L6"},
        Weakened{Mutation::kImageForgetsDeferred, "ImageForgetsDeferred", "L7 L9 L10"},
        Weakened{Mutation::kPromiseWithoutLease, "PromiseWithoutLease", "L6"}
    ),
    [](const auto& rule) { return std::string(rule.param.name); }
);

}  // namespace
}  // namespace sluice
