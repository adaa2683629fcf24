#include "unit/audit_fixture.h"

namespace sluice::audit {
namespace {

JournalLine answer(int status, std::string order, std::string code = {}, std::string key = "k") {
    JournalLine line;
    line.key = std::move(key);
    line.buyer = "b1";
    line.sale = 1;
    line.quantity = 1;
    line.status = status;
    line.code = std::move(code);
    line.order = std::move(order);
    return line;
}

TEST_F(AuditTest, L8SeesAPaidOrderWithoutMoney) {
    stores.payment_rows.clear();
    expect(8, Verdict::kViolated);
    EXPECT_EQ(law(8).orders, std::vector<std::string>{"o1"});
}

TEST_F(AuditTest, L8SeesAnOrderPaidTwice) {
    stores.payment_rows.push_back({"p3", "o1", "", "applied"});
    expect(8, Verdict::kViolated);
}

TEST_F(AuditTest, L8SeesMoneyThatBoughtNothing) {
    stores.payment_rows.push_back({"p3", "o3", "", "applied"});
    expect(8, Verdict::kViolated);
    stores.payment_rows.back() = {"p3", "nobody", "", "applied"};
    expect(8, Verdict::kViolated);
}

TEST_F(AuditTest, L8SeesAPaymentStoredTwice) {
    stores.payment_rows.push_back({"p2", "o3", "", "refund_due"});
    expect(8, Verdict::kViolated);
}

TEST_F(AuditTest, L8FollowsLateMoneyToItsReplacementOrder) {
    stores.order_rows.push_back({"r1", 1, 1, 500, "paid", ""});
    stores.payment_rows[1] = {"p2", "o3", "r1", "applied"};
    expect(8, Verdict::kOk);
}

TEST_F(AuditTest, L8AllowsMoneyThatStillWaits) {
    stores.payment_rows.push_back({"p3", "unknown", "", "unmatched"});
    expect(8, Verdict::kOk);
}

TEST_F(AuditTest, L8IsNotApplicableWhenEverythingWasFree) {
    for (OrderFacts& order : stores.order_rows) order.price = 0;
    stores.payment_rows.clear();
    expect(8, Verdict::kNotApplicable);
}

TEST_F(AuditTest, L8SeesMoneyTakenForAFreeOrder) {
    for (OrderFacts& order : stores.order_rows) order.price = 0;
    expect(8, Verdict::kViolated);
}

TEST_F(AuditTest, L11SeesOneIdInTwoRows) {
    stores.order_rows.push_back({"o1", 2, 2, 500, "cancelled", "expired"});
    expect(11, Verdict::kViolated);
}

TEST_F(AuditTest, L11SeesAnOrderSettledAndStillDeferred) {
    stores.deferred_rows.push_back({"o2", 1, 1});
    expect(11, Verdict::kViolated);
    EXPECT_EQ(law(11).orders, std::vector<std::string>{"o2"});
}

TEST_F(AuditTest, L11SeesAnOrderDeferredTwice) {
    stores.deferred_rows.push_back({"d1", 1, 1});
    expect(11, Verdict::kViolated);
}

TEST_F(AuditTest, L6FindsAcceptedOrdersWhereverTheyAre) {
    stores.queued_rows = {{"q1", 1, 1}};
    journal = {
        answer(202, "o1"), answer(201, "q1"), answer(200, "d1"), answer(503, "lost"),
        answer(0, "")};
    expect(6, Verdict::kOk);
    EXPECT_EQ(law(6).examined, 3U);
}

TEST_F(AuditTest, L6SeesALostOrder) {
    for (const int status : {200, 201, 202}) {
        journal = {answer(status, "lost")};
        expect(6, Verdict::kViolated);
        EXPECT_EQ(law(6).orders, std::vector<std::string>{"lost"});
    }
}

// With a broker, whose messages cannot be read, the serving gate is the witness.
TEST_F(AuditTest, L6BelievesAServingGateWhereTheQueueCannotBeRead) {
    journal = {answer(202, "o1"), answer(202, "h1")};
    gate().held_orders.push_back({"h1", 1});
    expect(6, Verdict::kViolated);  // the queue was read, and it is not there
    unread_queue = UnreadQueue{};
    expect(6, Verdict::kOk);
}

TEST_F(AuditTest, L6SeesALostOrderOnceTheBrokerIsDrained) {
    journal = {answer(202, "lost")};
    unread_queue = UnreadQueue{3, false};
    expect(6, Verdict::kUnjudged);
    unread_queue = UnreadQueue{0, true};
    expect(6, Verdict::kUnjudged);
    unread_queue = UnreadQueue{};
    expect(6, Verdict::kViolated);
    gate().epoch = 1;  // a gate of an older epoch: the sale recovers, and its queue may be in somebody's hands
    expect(6, Verdict::kUnjudged);
    sale().retired = true;
    expect(6, Verdict::kViolated);
}

TEST_F(AuditTest, L7WaitsForTheBrokerToBeDrained) {
    unread_queue = UnreadQueue{2, false};
    expect(7, Verdict::kNotApplicable);
    unread_queue = UnreadQueue{0, true};
    expect(7, Verdict::kUnjudged);
    unread_queue = UnreadQueue{};
    expect(7, Verdict::kOk);
}

TEST_F(AuditTest, L12SeesARefusedOrderThatTheGateHolds) {
    auto refused = answer(409, "h1");
    refused.code = "sold_out";
    journal = {refused};
    gate().held_orders.push_back({"h1", 1});
    unread_queue = UnreadQueue{};
    expect(12, Verdict::kViolated);
}

TEST_F(AuditTest, L10SeesABrokenPromise) {
    stores.order_rows.push_back({"o4", 1, 1, 500, "rejected", "sold_out"});
    journal = {answer(202, "o4")};
    expect(10, Verdict::kViolated);
}

TEST_F(AuditTest, L10AllowsAPersonToDiscardAndAnUnpromisedOrderToBeRejected) {
    stores.order_rows.push_back({"o4", 1, 1, 500, "rejected", "discarded"});
    stores.order_rows.push_back({"o5", 1, 1, 500, "rejected", "sold_out"});
    journal = {answer(202, "o4"), answer(503, "o5", "outcome_unknown", "k2")};
    expect(10, Verdict::kOk);
}

TEST_F(AuditTest, L12SeesARefusedOrderThatStandsAllTheSame) {
    stores.queued_rows = {{"q1", 1, 1}};
    for (const std::string order : {"o1", "o2", "o3", "q1", "d1"}) {
        journal = {answer(409, order, "sold_out")};
        expect(12, Verdict::kViolated);
        EXPECT_EQ(law(12).orders, std::vector<std::string>{order});
    }
}

TEST_F(AuditTest, L12KnowsEveryDefiniteRefusal) {
    for (const std::string code : {"sold_out", "limit_reached", "not_open", "ended", "paused"}) {
        journal = {answer(409, "o1", code)};
        expect(12, Verdict::kViolated);
    }
    for (const std::string code : {"order_rejected", "too_late", "not_settled_yet"}) {
        journal = {answer(409, "o1", code)};
        expect(12, Verdict::kOk);
    }
}

TEST_F(AuditTest, L12JudgesOnlyTheLastAnswerToARequest) {
    journal = {answer(409, "o1", "sold_out"), answer(202, "o1")};
    expect(12, Verdict::kOk);
    journal = {answer(503, "o1", "outcome_unknown"), answer(409, "o1", "sold_out")};
    expect(12, Verdict::kViolated);
    journal = {answer(409, "o1", "sold_out", "k1"), answer(202, "o1", "", "k2")};
    expect(12, Verdict::kViolated);
}

TEST_F(AuditTest, L12AcceptsARefusalThatLeftNothingOrARejectedRow) {
    stores.order_rows.push_back({"o4", 1, 1, 500, "rejected", "sold_out"});
    journal = {answer(409, "o4", "sold_out", "k1"), answer(409, "gone", "sold_out", "k2")};
    expect(12, Verdict::kOk);
    EXPECT_EQ(law(12).examined, 2U);
}

TEST_F(AuditTest, L12CannotJudgeRefusalsThatNameNoOrder) {
    journal = {answer(409, "", "sold_out")};
    expect(12, Verdict::kUnjudged);
}

}  // namespace
}  // namespace sluice::audit
