#include "adapters/redis/connection_plan.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using Phase = ConnectionPlan::Phase;
constexpr Instant kStart{std::chrono::hours{1}};

ConnectionPlan serving(Instant now = kStart) {
    ConnectionPlan plan;
    plan.start();
    plan.connected();
    plan.greeted(now);
    return plan;
}

TEST(ConnectionPlan, ConnectsGreetsServes) {
    ConnectionPlan plan;
    EXPECT_EQ(plan.phase(), Phase::kIdle);
    EXPECT_FALSE(plan.takes_calls());
    plan.start();
    EXPECT_EQ(plan.phase(), Phase::kConnecting);
    EXPECT_TRUE(plan.takes_calls());
    plan.connected();
    EXPECT_EQ(plan.phase(), Phase::kGreeting);
    EXPECT_TRUE(plan.takes_calls());
    plan.greeted(kStart);
    EXPECT_EQ(plan.phase(), Phase::kServing);
    EXPECT_TRUE(plan.takes_calls());
}

TEST(ConnectionPlan, RestsTwiceAsLongAfterEachFailureUpToTwoSeconds) {
    ConnectionPlan plan;
    plan.start();
    for (const int rest_ms : {50, 100, 200, 400, 800, 1'600, 2'000, 2'000, 2'000}) {
        plan.lost(kStart, "refused");
        ASSERT_EQ(plan.phase(), Phase::kResting);
        EXPECT_EQ(plan.rest_until(), kStart + Millis{rest_ms});
        EXPECT_FALSE(plan.takes_calls());
        plan.rested();
        ASSERT_EQ(plan.phase(), Phase::kConnecting);
        EXPECT_FALSE(plan.takes_calls()) << "nobody waits for a server that is known to be away";
    }
    EXPECT_EQ(plan.last_failure(), "refused");
}

TEST(ConnectionPlan, AFailedGreetingIsAFailure) {
    ConnectionPlan plan;
    plan.start();
    plan.connected();
    plan.lost(kStart, "WRONGPASS");
    EXPECT_EQ(plan.phase(), Phase::kResting);
}

TEST(ConnectionPlan, AConnectionThatServedAWhileIsReplacedAtOnce) {
    auto plan = serving();
    plan.lost(kStart + ConnectionPlan::kServedAWhile, "reset");
    EXPECT_EQ(plan.phase(), Phase::kConnecting);
    EXPECT_TRUE(plan.takes_calls());
    plan.lost(
        kStart + Millis{5'000}, "refused"
    );  // and if that fails, the rests begin from the first
    EXPECT_EQ(plan.rest_until(), kStart + Millis{5'050});
}

TEST(ConnectionPlan, AServerThatGreetsAndHangsUpCountsAsFailing) {
    auto plan = serving();
    for (const int rest_ms : {50, 100, 200}) {
        plan.lost(kStart, "reset");
        ASSERT_EQ(plan.phase(), Phase::kResting);
        EXPECT_EQ(plan.rest_until(), kStart + Millis{rest_ms});
        plan.rested();
        plan.connected();
        plan.greeted(kStart);
    }
}

TEST(ConnectionPlan, NothingFollowsAStop) {
    auto plan = serving();
    plan.stop();
    plan.lost(kStart, "closed");
    plan.rested();
    plan.connected();
    plan.greeted(kStart);
    EXPECT_EQ(plan.phase(), Phase::kStopped);
    EXPECT_FALSE(plan.takes_calls());
}

}  // namespace
}  // namespace sluice
