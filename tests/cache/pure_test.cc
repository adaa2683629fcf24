// The decisions of the cache that need no I/O: what an age means, when to elect early, when to stop
// asking a store, what a missing message means.

#include <gtest/gtest.h>

#include <set>

#include "cache/breaker.h"
#include "cache/entry.h"
#include "cache/gap_detector.h"
#include "cache/hash.h"
#include "cache/key_record.h"
#include "cache/stats.h"

namespace sluice::cache {
namespace {

constexpr Instant kStart{std::chrono::hours{1}};

Instant at(std::int64_t ms) { return kStart + Millis{ms}; }

TEST(EntryState, FollowsSoftAndHard) {
    EXPECT_EQ(state_of(at(10), at(20), false, at(9)), EntryState::kFresh);
    EXPECT_EQ(state_of(at(10), at(20), false, at(10)), EntryState::kStale);
    EXPECT_EQ(state_of(at(10), at(20), false, at(19)), EntryState::kStale);
    EXPECT_EQ(state_of(at(10), at(20), false, at(20)), EntryState::kAbsent);
    EXPECT_EQ(state_of(at(10), at(10), true, at(9)), EntryState::kNull);
    EXPECT_EQ(state_of(at(10), at(10), true, at(10)), EntryState::kAbsent);
}

TEST(Spread, StaysWithinATenthAndFillsIt) {
    std::set<std::int64_t> seen;
    for (std::uint64_t key = 0; key < 2'000; ++key) {
        const auto soft = spread_ttl(Millis{1'000}, hash_text(std::to_string(key)), 3, 4).count();
        EXPECT_GE(soft, 900);
        EXPECT_LE(soft, 1'000);
        seen.insert(soft);
    }
    EXPECT_GT(seen.size(), 80U);
    EXPECT_EQ(spread_ttl(Millis{1}, 1, 1, 1), Millis{1}) << "never without any life";
}

TEST(Spread, DependsOnSeqAndTicketSoThatPairsDoNotMeetAgain) {
    std::set<std::int64_t> by_seq;
    std::set<std::int64_t> by_ticket;
    for (std::uint64_t i = 0; i < 50; ++i) {
        by_seq.insert(spread_ttl(Millis{100'000}, 7, i, 1).count());
        by_ticket.insert(spread_ttl(Millis{100'000}, 7, 1, i).count());
    }
    EXPECT_GT(by_seq.size(), 40U);
    EXPECT_GT(by_ticket.size(), 40U);
}

TEST(EarlyElection, NeverWhenTurnedOffAndAlwaysPastSoft) {
    for (const std::uint64_t random :
         {std::uint64_t{0}, std::uint64_t{1} << 40U, ~std::uint64_t{0}}) {
        EXPECT_FALSE(may_elect_early(at(10), at(9), Millis{1'000}, 0));
        EXPECT_TRUE(elect_early(at(10), at(10), Millis{5}, 1, random));
    }
    EXPECT_FALSE(may_elect_early(at(100'000), at(0), Millis{5}, 1));
}

TEST(EarlyElection, GrowsMoreProbableTowardsSoft) {
    std::array<int, 3> elected{};
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        const std::uint64_t random = fold(i + 1, 0x9e3779b97f4a7c15ULL);
        elected[0] += elect_early(at(400), at(0), Millis{99}, 1, random) ? 1 : 0;
        elected[1] += elect_early(at(200), at(0), Millis{99}, 1, random) ? 1 : 0;
        elected[2] += elect_early(at(50), at(0), Millis{99}, 1, random) ? 1 : 0;
    }
    // e^-4, e^-2, e^-0.5
    EXPECT_NEAR(elected[0], 183, 90);
    EXPECT_NEAR(elected[1], 1'353, 250);
    EXPECT_NEAR(elected[2], 6'065, 500);
}

TEST(L1, IsBelievedWithoutItsFeedOnlyWhileNobodyCanInvalidateThroughTheStore) {
    EXPECT_TRUE(l1_is_believed(true, true));
    EXPECT_TRUE(l1_is_believed(true, false));
    EXPECT_FALSE(l1_is_believed(false, true)) << "the store knows better";
    EXPECT_TRUE(l1_is_believed(false, false)) << "better than nothing";
}

TEST(Backoff, DoublesFromAHundredMillisecondsToTenSeconds) {
    const std::vector<std::int64_t> expected{100,   200,   400,    800,   1'600,
                                             3'200, 6'400, 10'000, 10'000};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(backoff_ms(Millis{100}, Millis{10'000}, static_cast<int>(i) + 1), expected[i]);
    }
    EXPECT_EQ(backoff_ms(Millis{100}, Millis{10'000}, 2'000'000'000), 10'000);
}

using Gap = GapDetector::Verdict;

TEST(GapDetector, AcceptsNumbersThatFollow) {
    GapDetector gaps;
    EXPECT_FALSE(gaps.alive(at(0)));
    EXPECT_EQ(gaps.subscribed(at(0)), Gap::kMissed);
    EXPECT_FALSE(gaps.alive(at(0))) << "there is no number to count from";
    EXPECT_EQ(gaps.message(41, at(1)), Gap::kMissed) << "whatever was published since subscribing";
    EXPECT_TRUE(gaps.alive(at(1)));
    EXPECT_EQ(gaps.message(42, at(2)), Gap::kInOrder);
    EXPECT_EQ(gaps.heartbeat(42, at(3)), Gap::kInOrder);
    EXPECT_EQ(gaps.message(43, at(4)), Gap::kInOrder);
}

TEST(GapDetector, SeesEveryKindOfGap) {
    GapDetector gaps;
    gaps.subscribed(at(0));
    gaps.message(1, at(0));
    EXPECT_EQ(gaps.message(3, at(1)), Gap::kMissed) << "one was skipped";
    EXPECT_EQ(gaps.message(4, at(2)), Gap::kInOrder);
    EXPECT_EQ(gaps.heartbeat(5, at(3)), Gap::kMissed)
        << "the last one was lost and no other follows";
    EXPECT_EQ(gaps.heartbeat(0, at(4)), Gap::kMissed) << "the server lost its counter";
    EXPECT_EQ(gaps.message(1, at(5)), Gap::kInOrder);
    EXPECT_EQ(gaps.message(1, at(6)), Gap::kMissed) << "a number that was given twice";
}

TEST(GapDetector, ASilenceOfASecondIsAGap) {
    GapDetector gaps;
    gaps.subscribed(at(0));
    gaps.heartbeat(7, at(0));
    EXPECT_TRUE(gaps.alive(at(999)));
    EXPECT_FALSE(gaps.alive(at(1'000)));
    EXPECT_EQ(gaps.heartbeat(7, at(1'000)), Gap::kMissed);
    EXPECT_TRUE(gaps.alive(at(1'001)));
    gaps.lost();
    EXPECT_FALSE(gaps.alive(at(1'001)));
    EXPECT_EQ(gaps.silent_at(), std::nullopt);
}

class BreakerTest : public testing::Test {
protected:
    // A call that takes no time.
    bool call(bool good, std::int64_t ms) {
        const auto pass = breaker.allow(at(ms));
        if (!pass) return false;
        breaker.report(*pass, good, at(ms), 0);  // random 0: opens for 0.8 of the time
        return true;
    }

    Breaker breaker{BreakerOptions{}, Millis{2}};
};

TEST_F(BreakerTest, OpensOnHalfTheWindowAndOnlyAfterEnoughCalls) {
    for (int i = 0; i < 19; ++i) EXPECT_TRUE(call(false, 0));
    EXPECT_EQ(breaker.phase(), Breaker::Phase::kClosed) << "19 calls say nothing yet";
    EXPECT_TRUE(call(false, 0));
    EXPECT_EQ(breaker.phase(), Breaker::Phase::kOpen);
    EXPECT_FALSE(call(true, 399));
}

TEST_F(BreakerTest, StaysClosedBelowTheRate) {
    for (int i = 0; i < 400; ++i) EXPECT_TRUE(call(i % 5 < 3, i));
    EXPECT_EQ(breaker.phase(), Breaker::Phase::kClosed);
    EXPECT_EQ(breaker.opened(), 0U);
}

TEST_F(BreakerTest, ProbesOneAtATimeAndClosesAfterThreeGoodOnes) {
    for (int i = 0; i < 20; ++i) call(false, 0);
    const auto probe = breaker.allow(at(400));
    ASSERT_TRUE(probe);
    EXPECT_EQ(breaker.phase(), Breaker::Phase::kHalfOpen);
    EXPECT_FALSE(breaker.allow(at(400)));
    breaker.report(*probe, true, at(401), 0);
    EXPECT_TRUE(call(true, 402));
    EXPECT_EQ(breaker.phase(), Breaker::Phase::kHalfOpen);
    EXPECT_TRUE(call(true, 403));
    EXPECT_EQ(breaker.phase(), Breaker::Phase::kClosed);
}

TEST_F(BreakerTest, ABadProbeDoublesTheRest) {
    for (int i = 0; i < 20; ++i) call(false, 0);
    EXPECT_TRUE(call(false, 400));
    EXPECT_FALSE(call(true, 400 + 799));
    EXPECT_TRUE(call(false, 400 + 800));
    EXPECT_FALSE(call(true, 1'200 + 1'599));
    EXPECT_TRUE(call(true, 1'200 + 1'600));
    EXPECT_EQ(breaker.opened(), 3U);
}

TEST_F(BreakerTest, JitterSpreadsTheReturn) {
    BreakerOptions options;
    std::set<std::int64_t> returns;
    for (std::uint64_t random = 0; random < 201; ++random) {
        Breaker one(options, Millis{2});
        for (int i = 0; i < 20; ++i) {
            const auto pass = one.allow(at(0));
            one.report(*pass, false, at(0), random);
        }
        std::int64_t ms = 0;
        while (!one.allow(at(ms))) ++ms;
        returns.insert(ms);
    }
    EXPECT_EQ(*returns.begin(), 400);
    EXPECT_EQ(*returns.rbegin(), 600);
    EXPECT_GT(returns.size(), 150U);
}

TEST_F(BreakerTest, AHungStoreIsAskedOnlyUntilItIsProvedHung) {
    std::vector<Breaker::Pass> waiting;
    for (int microsecond = 0; microsecond < 5'000; microsecond += 20) {  // 50,000 calls a second
        const Instant now = at(0) + std::chrono::microseconds{microsecond};
        if (const auto pass = breaker.allow(now)) waiting.push_back(*pass);
    }
    EXPECT_LE(waiting.size(), 101U) << "what comes within the 2 ms that prove it hung";
    const std::size_t asked = waiting.size();
    for (const auto pass : waiting) breaker.report(pass, false, at(5), 0);
    EXPECT_EQ(breaker.phase(), Breaker::Phase::kOpen);
    EXPECT_FALSE(breaker.allow(at(6)));
    EXPECT_GE(asked, 40U);
}

TEST_F(BreakerTest, ReportsFromBeforeItOpenedAreOldNews) {
    const auto early = breaker.allow(at(0));
    for (int i = 0; i < 20; ++i) call(false, 0);
    ASSERT_EQ(breaker.phase(), Breaker::Phase::kOpen);
    const auto probe = breaker.allow(at(400));
    ASSERT_TRUE(probe);
    breaker.report(*early, false, at(401), 0);
    EXPECT_EQ(breaker.phase(), Breaker::Phase::kHalfOpen);
    EXPECT_FALSE(breaker.allow(at(401))) << "the probe is still under way";
}

TEST(Stats, EveryEventHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kEvents; ++i) names.insert(name_of(static_cast<Event>(i)));
    EXPECT_EQ(names.size(), kEvents);
    EXPECT_EQ(name_of(Event::kUndecodable), "undecodable");
    EXPECT_EQ(names.count(""), 0U);
}

}  // namespace
}  // namespace sluice::cache
