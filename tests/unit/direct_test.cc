#include <gtest/gtest.h>

#include <sstream>

#include "domain/settlement.h"
#include "domain_samples.h"

namespace sluice {
namespace {

using namespace samples;

std::string_view to_text(DirectVerdict verdict) {
    switch (verdict) {
        case DirectVerdict::kPlaced:
            return "placed";
        case DirectVerdict::kReplayed:
            return "replayed";
        case DirectVerdict::kPayloadMismatch:
            return "payload_mismatch";
        case DirectVerdict::kNotOpen:
            return "not_open";
        case DirectVerdict::kEnded:
            return "ended";
        case DirectVerdict::kPaused:
            return "paused";
        case DirectVerdict::kLimitReached:
            return "limit_reached";
        case DirectVerdict::kSoldOut:
            return "sold_out";
    }
    return {};
}

DirectRequest ask(std::uint16_t number, std::string_view who, Units quantity) {
    return DirectRequest{order_id(number), buyer(who), quantity};
}

std::string verdicts(const DirectPlan& plan) {
    std::string text;
    for (const DirectVerdict verdict : plan.verdicts) text += std::string(to_text(verdict)) + " ";
    return text;
}

TEST(Direct, PlacesUnderTheVersionOfItsSnapshot) {
    const auto plan = plan_direct(snapshot(10), std::vector{ask(1, "ann", 2), ask(2, "bob", 1)});
    EXPECT_EQ(verdicts(plan), "placed placed ");
    ASSERT_TRUE(plan.change);
    EXPECT_EQ(plan.change->expected, Version{10});
    EXPECT_EQ(plan.change->kind, MovementKind::kSettle);
    EXPECT_EQ(plan.change->units, -3);
    const NewOrder& first = plan.change->insert.at(0);
    EXPECT_EQ(first.state, OrderState::kAwaitingPayment);
    EXPECT_EQ(first.order.accepted_at, at(5'000));
    EXPECT_EQ(first.order.terms, terms());
    EXPECT_EQ(plan.change->bought, (std::vector<BuyerTotal>{{buyer("ann"), 2}, {buyer("bob"), 1}}));
}

TEST(Direct, StateAndWindowAreAnswers) {
    std::istringstream table(R"(
        draft   5000  not_open
        paused  5000  paused
        closed  5000  ended
        open     999  not_open
        open    1000  placed
        open    9000  ended
    )");
    std::string state, expected;
    std::int64_t ms = 0;
    while (table >> state >> ms >> expected) {
        auto before = snapshot(10);
        before.sale.state = *parse_sale_state(state);
        before.now = at(ms);
        const auto plan = plan_direct(before, std::vector{ask(1, "ann", 1)});
        EXPECT_EQ(verdicts(plan), expected + " ") << state << " at " << ms;
        EXPECT_EQ(plan.change.has_value(), expected == "placed");
    }
}

TEST(Direct, RefusalsSayWhatCouldBeHadAndWriteNothing) {
    auto before = snapshot(2);
    before.bought = {{buyer("ann"), 1}};
    const auto plan = plan_direct(before, std::vector{ask(1, "ann", 3), ask(2, "bob", 3)});
    EXPECT_EQ(verdicts(plan), "limit_reached sold_out ");
    EXPECT_EQ(plan.left, (std::vector<Units>{2, 2}));
    EXPECT_FALSE(plan.change);
}

TEST(Direct, LaterRequestsSeeEarlierOnes) {
    const std::vector<DirectRequest> asked = {
        ask(1, "ann", 2), ask(2, "ann", 2), ask(3, "bob", 2), ask(4, "bob", 1)};
    const auto plan = plan_direct(snapshot(3), asked);
    EXPECT_EQ(verdicts(plan), "placed limit_reached sold_out placed ");
    EXPECT_EQ(plan.left, (std::vector<Units>{0, 1, 1, 0}));
    EXPECT_EQ(plan.change->units, -3);
}

TEST(Direct, ReplayComesBeforeWindowLimitAndStock) {
    auto before = snapshot(0, {row(1, "ann", 3)});
    before.bought = {{buyer("ann"), 3}};
    before.now = at(kClosesMs);
    const auto plan = plan_direct(before, std::vector{ask(1, "ann", 3), ask(1, "ann", 2)});
    EXPECT_EQ(verdicts(plan), "replayed payload_mismatch ");
    EXPECT_FALSE(plan.change);
}

TEST(Direct, OneIdTwiceInABatchIsPlacedOnce) {
    const std::vector<DirectRequest> asked = {ask(1, "ann", 1), ask(1, "ann", 1), ask(1, "ann", 2)};
    const auto plan = plan_direct(snapshot(10), asked);
    EXPECT_EQ(verdicts(plan), "placed replayed payload_mismatch ");
    EXPECT_EQ(plan.change->units, -1);
}

TEST(Direct, RefusedIdIsJudgedAfreshInTheSameBatch) {
    const auto plan = plan_direct(snapshot(1), std::vector{ask(1, "ann", 2), ask(1, "ann", 1)});
    EXPECT_EQ(verdicts(plan), "sold_out placed ");
}

TEST(Direct, FreeOrdersArePaidAtOnce) {
    auto before = snapshot(10);
    before.sale.terms.price = Cents{0};
    const auto plan = plan_direct(before, std::vector{ask(1, "ann", 1)});
    EXPECT_EQ(plan.change->insert.at(0).state, OrderState::kPaid);
}

}  // namespace
}  // namespace sluice
