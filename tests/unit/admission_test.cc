#include "domain/admission.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "domain_samples.h"

namespace sluice {
namespace {

using namespace samples;

const ServerId kHere{"server-a"};
const ServerId kElsewhere{"server-b"};

class AdmissionTest : public ::testing::Test {
protected:
    void load(GateImage image) {
        ASSERT_EQ(gate_.load(kHere, kHere, std::move(image)), LoadVerdict::kLoaded);
    }
    Admission reserve(std::uint16_t number, std::string_view who, Units quantity) {
        const std::vector<ReserveRequest> batch = {request(number, who, quantity)};
        return gate_.reserve(kHere, now_, batch).admissions.at(0);
    }
    std::string_view verdict(std::uint16_t number, std::string_view who, Units quantity) {
        return to_string(reserve(number, who, quantity).verdict);
    }
    Units sellable() const {
        const auto snapshot = gate_.snapshot(kHere);
        return std::max<Units>(0, snapshot.available - snapshot.held);
    }
    // An order finished at a version, as the commit that made it says.
    LedgerTruth settled(
        Version version, Units available, std::uint16_t number, std::string_view who, Units bought
    ) {
        LedgerTruth fact = truth(version, available);
        fact.finished = {{order_id(number), Letter::kSettled}};
        fact.bought = {{buyer(who), bought}};
        return fact;
    }

    AdmissionGate gate_;
    WallTime now_ = at(2'000);
};

TEST_F(AdmissionTest, MissingGateIsAnAnswer) {
    const std::vector<ReserveRequest> batch = {request(1, "ann", 1)};
    const auto reply = gate_.reserve(kHere, now_, batch);
    EXPECT_EQ(reply.answer, GateAnswer::kNotLoaded);
    EXPECT_TRUE(reply.admissions.empty());
    EXPECT_EQ(gate_.sync(truth(Version{2}, 5)), SyncVerdict::kNotLoaded);
    EXPECT_EQ(gate_.snapshot(kHere).answer, GateAnswer::kNotLoaded);
    EXPECT_TRUE(gate_.claim_stale(kHere, now_, 10).orders.empty());
    EXPECT_FALSE(gate_.loaded());
}

TEST_F(AdmissionTest, AnotherServerIsRefusedBeforeAnythingElse) {
    load(image(5));
    ASSERT_EQ(verdict(1, "ann", 1), "accepted");
    const std::vector<ReserveRequest> replay = {request(1, "ann", 1)};
    const auto reply = gate_.reserve(kElsewhere, now_, replay);
    EXPECT_EQ(reply.answer, GateAnswer::kServerChanged);
    EXPECT_TRUE(reply.admissions.empty());
    EXPECT_EQ(gate_.snapshot(kElsewhere).answer, GateAnswer::kServerChanged);
    EXPECT_TRUE(gate_.claim_stale(kElsewhere, at(60'000), 10).orders.empty());
}

TEST_F(AdmissionTest, AcceptingTakesUnitsAndTheBuyersAllowance) {
    load(image(5));
    const Admission admission = reserve(1, "ann", 2);
    EXPECT_EQ(admission.verdict, Verdict::kAccepted);
    EXPECT_EQ(admission.accepted_at, now_);
    EXPECT_EQ(sellable(), 3);
    const auto held = gate_.find_held(order_id(1));
    ASSERT_TRUE(held);
    EXPECT_EQ(held->order.quantity, 2);
    EXPECT_EQ(held->order.terms, terms());
    const Admission refused = reserve(2, "ann", 2);
    EXPECT_EQ(refused.verdict, Verdict::kLimitReached);
    EXPECT_EQ(refused.left, 1);
}

TEST_F(AdmissionTest, SoldOutSaysWhatIsLeftAndLeavesNoTrace) {
    load(image(3));
    ASSERT_EQ(verdict(1, "ann", 2), "accepted");
    const Admission refused = reserve(2, "bob", 2);
    EXPECT_EQ(refused.verdict, Verdict::kSoldOut);
    EXPECT_EQ(refused.left, 1);
    EXPECT_EQ(gate_.find(order_id(2)), std::nullopt);
    EXPECT_EQ(verdict(2, "bob", 1), "accepted");  // judged afresh, even with another quantity
}

TEST_F(AdmissionTest, RequestsOfABatchSeeThoseBeforeThem) {
    load(image(3));
    const std::vector<ReserveRequest> batch = {
        request(1, "ann", 2), request(1, "ann", 2), request(2, "bob", 2), request(3, "bob", 1),
        request(4, "eve", 1)};
    const auto reply = gate_.reserve(kHere, now_, batch);
    EXPECT_EQ(reply.answer, GateAnswer::kOk);
    EXPECT_EQ(reply.epoch, Epoch{1});
    std::string verdicts;
    for (const Admission& admission : reply.admissions) {
        verdicts += std::string(to_string(admission.verdict)) + " ";
    }
    EXPECT_EQ(verdicts, "accepted held sold_out accepted sold_out ");
}

TEST_F(AdmissionTest, StateAndWindowDecideForNewOrders) {
    std::istringstream table(R"(
        draft   5000  not_open
        paused  5000  paused
        closed  5000  ended
        open     999  not_open
        open    1000  accepted
        open    8999  accepted
        open    9000  ended
        paused   999  paused
    )");
    std::string state, expected;
    std::int64_t ms = 0;
    while (table >> state >> ms >> expected) {
        gate_ = AdmissionGate{};
        GateImage fresh = image(5);
        fresh.state = *parse_sale_state(state);
        load(std::move(fresh));
        now_ = at(ms);
        EXPECT_EQ(verdict(1, "ann", 1), expected) << state << " at " << ms;
    }
}

TEST_F(AdmissionTest, ReplayComesBeforeWindowLimitAndStock) {
    load(image(3));
    ASSERT_EQ(verdict(1, "ann", 3), "accepted");
    now_ = at(kClosesMs + 1);
    const Admission replay = reserve(1, "ann", 3);
    EXPECT_EQ(replay.verdict, Verdict::kHeld);
    EXPECT_EQ(replay.accepted_at, at(2'000));
    EXPECT_EQ(verdict(1, "ann", 2), "payload_mismatch");
    EXPECT_EQ(verdict(2, "ann", 1), "ended");
}

TEST_F(AdmissionTest, ReplayKeepsTheTermsOfTheFirstAcceptance) {
    load(image(3));
    ASSERT_EQ(verdict(1, "ann", 1), "accepted");
    ReserveRequest again = request(1, "ann", 1);
    again.terms = terms(999);
    const auto reply = gate_.reserve(kHere, now_, std::vector{again});
    EXPECT_EQ(reply.admissions.at(0).terms, terms(250));
}

TEST_F(AdmissionTest, ReplayOfAFinishedOrderTellsItsLetter) {
    load(image(9));
    for (std::uint16_t number = 1; number <= 3; ++number) {
        ASSERT_EQ(verdict(number, "b" + std::to_string(number), 1), "accepted");
    }
    LedgerTruth fact = truth(Version{2}, 8);
    fact.finished = {
        {order_id(1), Letter::kSettled},
        {order_id(2), Letter::kCancelled},
        {order_id(3), Letter::kRejected}};
    ASSERT_EQ(gate_.sync(fact), SyncVerdict::kApplied);
    EXPECT_EQ(verdict(1, "b1", 1), "settled");
    EXPECT_EQ(verdict(2, "b2", 1), "cancelled");
    EXPECT_EQ(verdict(3, "b3", 1), "rejected");
    EXPECT_EQ(verdict(3, "b3", 2), "payload_mismatch");
}

TEST_F(AdmissionTest, SyncTurnsAHoldIntoABoughtUnitOnce) {
    load(image(5));
    ASSERT_EQ(verdict(1, "ann", 2), "accepted");
    const LedgerTruth fact = settled(Version{2}, 3, 1, "ann", 2);
    for (int times = 0; times < 3; ++times) {
        EXPECT_EQ(gate_.sync(fact), SyncVerdict::kApplied);
        EXPECT_EQ(gate_.snapshot(kHere).held, 0);
        EXPECT_EQ(sellable(), 3);
        EXPECT_EQ(reserve(9, "ann", 3).left, 1);
    }
}

TEST_F(AdmissionTest, SyncOfAnotherEpochDoesNothing) {
    load(image(5));
    ASSERT_EQ(verdict(1, "ann", 2), "accepted");
    LedgerTruth fact = settled(Version{2}, 3, 1, "ann", 2);
    fact.epoch = Epoch{2};
    EXPECT_EQ(gate_.sync(fact), SyncVerdict::kOtherEpoch);
    EXPECT_EQ(gate_.snapshot(kHere).held, 2);
    EXPECT_EQ(gate_.snapshot(kHere).version, Version{1});
}

TEST_F(AdmissionTest, SyncsInAnyOrderEndAlike) {
    // v2 settles ann's 2, v3 settles bob's 1, v4 cancels ann's order.
    LedgerTruth cancelled = truth(Version{4}, 9);
    cancelled.finished = {{order_id(1), Letter::kCancelled}};
    cancelled.bought = {{buyer("ann"), 0}};
    std::vector<LedgerTruth> facts = {
        settled(Version{2}, 8, 1, "ann", 2), settled(Version{3}, 7, 2, "bob", 1), cancelled};
    std::vector<std::size_t> order = {0, 1, 2};
    do {
        gate_ = AdmissionGate{};
        load(image(10));
        ASSERT_EQ(verdict(1, "ann", 2), "accepted");
        ASSERT_EQ(verdict(2, "bob", 1), "accepted");
        for (const std::size_t i : order) {
            gate_.sync(facts[i]);
            EXPECT_LE(sellable(), 9);
        }
        EXPECT_EQ(gate_.snapshot(kHere).version, Version{4});
        EXPECT_EQ(sellable(), 9);
        EXPECT_EQ(gate_.find(order_id(1))->letter, Letter::kCancelled);
        EXPECT_EQ(gate_.find(order_id(2))->letter, Letter::kSettled);
        EXPECT_EQ(verdict(8, "ann", 3), "accepted");
        EXPECT_EQ(reserve(9, "bob", 3).left, 2);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(AdmissionTest, FinishedOrderIsRememberedEvenIfNeverHeldHere) {
    load(image(5));
    gate_.sync(settled(Version{2}, 4, 1, "ann", 1));
    const auto known = gate_.find(order_id(1));
    ASSERT_TRUE(known);
    EXPECT_EQ(known->quantity, kQuantityUnknown);
    // Its quantity is unknown here, so no replay of it can be called a mismatch.
    EXPECT_EQ(verdict(1, "ann", 1), "settled");
    EXPECT_EQ(verdict(1, "ann", 2), "settled");
    EXPECT_EQ(gate_.snapshot(kHere).held, 0);
}

TEST_F(AdmissionTest, OverReservedGateSellsNothing) {
    load(image(5));
    ASSERT_EQ(verdict(1, "ann", 3), "accepted");
    gate_.sync(truth(Version{2}, 1));  // the ledger fell below what is held
    const Admission refused = reserve(2, "bob", 1);
    EXPECT_EQ(refused.verdict, Verdict::kSoldOut);
    EXPECT_EQ(refused.left, 0);
}

TEST_F(AdmissionTest, ClaimsStaleOrdersOldestFirstAndWaitsLongerEachTime) {
    load(image(9));
    ASSERT_EQ(verdict(2, "ann", 1), "accepted");
    now_ = at(2'001);
    ASSERT_EQ(verdict(1, "bob", 1), "accepted");
    EXPECT_TRUE(gate_.claim_stale(kHere, at(11'999), 10).orders.empty());

    const auto first = gate_.claim_stale(kHere, at(12'001), 1);  // the window is closed by now
    ASSERT_EQ(first.orders.size(), 1U);
    EXPECT_EQ(first.sale, kSale);
    EXPECT_EQ(first.epoch, Epoch{1});
    EXPECT_EQ(first.orders[0].order, order_id(2));
    EXPECT_EQ(first.orders[0].terms, terms());
    EXPECT_EQ(gate_.claim_stale(kHere, at(12'001), 10).orders.at(0).order, order_id(1));
    EXPECT_TRUE(gate_.claim_stale(kHere, at(12'001), 10).orders.empty());

    WallTime due = at(22'001);
    for (const std::int64_t delay_s : {20, 40, 80, 160, 320, 600, 600}) {
        EXPECT_TRUE(gate_.claim_stale(kHere, due - Millis{1}, 10).orders.empty());
        EXPECT_EQ(gate_.claim_stale(kHere, due, 10).orders.size(), 2U);
        due += std::chrono::seconds{delay_s};
    }
}

TEST_F(AdmissionTest, ClaimOfASettledOrderIsNeverMade) {
    load(image(9));
    ASSERT_EQ(verdict(1, "ann", 1), "accepted");
    gate_.sync(settled(Version{2}, 8, 1, "ann", 1));
    EXPECT_TRUE(gate_.claim_stale(kHere, at(1'000'000), 10).orders.empty());
}

TEST_F(AdmissionTest, ParkPushesForwardAndNeverBack) {
    load(image(9));
    ASSERT_EQ(verdict(1, "ann", 1), "accepted");
    const std::vector<ParkedOrder> shorter = {{order_id(1), Millis{1}}};
    const std::vector<ParkedOrder> longer = {
        {order_id(1), Millis{30'000}}, {order_id(5), Millis{1}}};
    gate_.park(Epoch{1}, now_, shorter);
    EXPECT_EQ(gate_.find_held(order_id(1))->due_at, at(12'000));
    gate_.park(Epoch{2}, now_, longer);  // another epoch's
    EXPECT_EQ(gate_.find_held(order_id(1))->due_at, at(12'000));
    gate_.park(Epoch{1}, now_, longer);
    EXPECT_EQ(gate_.find_held(order_id(1))->due_at, at(32'000));
    EXPECT_TRUE(gate_.claim_stale(kHere, at(31'999), 10).orders.empty());
    EXPECT_EQ(gate_.claim_stale(kHere, at(32'000), 10).orders.size(), 1U);
}

TEST_F(AdmissionTest, LoadIsRefusedUnlessNewerAndOnTheExpectedServer) {
    EXPECT_EQ(gate_.load(kHere, kElsewhere, image(5)), LoadVerdict::kWrongServer);
    EXPECT_FALSE(gate_.loaded());
    load(image(5, Epoch{2}));
    EXPECT_EQ(gate_.load(kHere, kHere, image(9, Epoch{2})), LoadVerdict::kEpochNotNewer);
    EXPECT_EQ(gate_.load(kHere, kHere, image(9, Epoch{1})), LoadVerdict::kEpochNotNewer);
    EXPECT_EQ(gate_.snapshot(kHere).available, 5);
    // A copy of this gate that arrived on another server does not bind that one.
    EXPECT_EQ(gate_.load(kElsewhere, kElsewhere, image(7, Epoch{2})), LoadVerdict::kLoaded);
    EXPECT_EQ(gate_.snapshot(kElsewhere).available, 7);
}

TEST_F(AdmissionTest, LoadReplacesEverything) {
    load(image(5));
    ASSERT_EQ(verdict(1, "ann", 2), "accepted");
    GateImage fresh = image(6, Epoch{2}, Version{9});
    fresh.held = {{accepted(2, "bob", 2), at(3'000), 0}};
    fresh.finished = {{order_id(3), Letter::kSettled, 1}};
    fresh.bought = {{buyer("eve"), 1}};
    load(std::move(fresh));
    EXPECT_EQ(gate_.epoch(), Epoch{2});
    EXPECT_EQ(gate_.find(order_id(1)), std::nullopt);
    EXPECT_EQ(sellable(), 4);
    EXPECT_EQ(verdict(2, "bob", 2), "held");
    EXPECT_EQ(reserve(4, "bob", 2).left, 1);
    EXPECT_EQ(verdict(3, "eve", 1), "settled");
    EXPECT_EQ(reserve(5, "eve", 3).left, 2);
    EXPECT_EQ(gate_.claim_stale(kHere, at(3'000), 10).orders.size(), 1U);
    // The image's totals carry its version: an older truth of the same epoch may not undo them.
    LedgerTruth older = truth(Version{8}, 7, Epoch{2});
    older.bought = {{buyer("eve"), 0}};
    gate_.sync(older);
    EXPECT_EQ(reserve(5, "eve", 3).left, 2);
}

TEST_F(AdmissionTest, StateIsSetOnlyByANewerRevisionOfTheSameEpoch) {
    load(image(5));
    gate_.set_state(Epoch{1}, Revision{1}, SaleState::kPaused);
    gate_.set_state(Epoch{2}, Revision{5}, SaleState::kPaused);
    EXPECT_EQ(gate_.snapshot(kHere).state, SaleState::kOpen);
    gate_.set_state(Epoch{1}, Revision{3}, SaleState::kPaused);
    gate_.set_state(Epoch{1}, Revision{2}, SaleState::kOpen);  // late
    EXPECT_EQ(gate_.snapshot(kHere).state, SaleState::kPaused);
    EXPECT_EQ(gate_.snapshot(kHere).revision, Revision{3});
}

TEST_F(AdmissionTest, SnapshotListsHeldOrdersByDueTime) {
    load(image(9));
    ASSERT_EQ(verdict(9, "ann", 1), "accepted");
    now_ = at(3'000);
    ASSERT_EQ(verdict(1, "bob", 2), "accepted");
    const auto snapshot = gate_.snapshot(kHere);
    EXPECT_EQ(snapshot.answer, GateAnswer::kOk);
    EXPECT_EQ(snapshot.held, 3);
    ASSERT_EQ(snapshot.held_orders.size(), 2U);
    EXPECT_EQ(snapshot.held_orders[0].order.order, order_id(9));
    EXPECT_EQ(snapshot.held_orders[1].order.order, order_id(1));
}

}  // namespace
}  // namespace sluice
