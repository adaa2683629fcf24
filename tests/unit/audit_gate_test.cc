#include "unit/audit_fixture.h"

namespace sluice::audit {
namespace {

TEST_F(AuditTest, GateLawsAreNotApplicableWithoutAGate) {
    gates.reset();
    for (const int number : {5, 7, 9}) expect(number, Verdict::kNotApplicable);
    EXPECT_EQ(audit().exit_code(), 0);
}

TEST_F(AuditTest, GateLawsAreNotApplicableWhenNoGateServes) {
    gate().serving = false;
    gate().held = 5;
    for (const int number : {5, 7, 9}) expect(number, Verdict::kNotApplicable);
}

TEST_F(AuditTest, GateLawsAreUnjudgedWhenAGateDoesNotAnswer) {
    gates_failed = true;
    for (const int number : {5, 7, 9}) expect(number, Verdict::kUnjudged);
    EXPECT_EQ(audit().exit_code(), 3);
}

TEST_F(AuditTest, L5SeesAGateAheadOfItsLedger) {
    gate().version = 5;
    expect(5, Verdict::kViolated);
}

TEST_F(AuditTest, L5SeesAnEpochThatTheLedgerNeverGave) {
    gate().epoch = 3;
    expect(5, Verdict::kViolated);
}

TEST_F(AuditTest, L5SeesAGateWithoutASale) {
    gate().sale = 9;
    expect(5, Verdict::kViolated);
}

TEST_F(AuditTest, L5SeesOtherStockAtTheSameVersion) {
    gate().available = 8;
    expect(5, Verdict::kViolated);
}

TEST_F(AuditTest, L5SeesACounterThatIsNotTheSumOfTheHeldOrders) {
    gate().held = 2;
    expect(5, Verdict::kViolated);
}

TEST_F(AuditTest, L5AllowsAGateThatLagsBehind) {
    gate().version = 3;
    gate().available = 6;
    expect(5, Verdict::kOk);
}

TEST_F(AuditTest, L5AllowsAnythingButAWrongCounterInAnOlderEpoch) {
    gate().epoch = 1;
    gate().version = 9;
    expect(5, Verdict::kOk);
    gate().held = 2;
    expect(5, Verdict::kViolated);
}

TEST_F(AuditTest, L7LeavesAnOrderOnItsWayToTheQueueAlone) {
    gate().held_orders.push_back({"just accepted", 1, true});
    gate().held += 1;
    EXPECT_EQ(law(7).verdict, Verdict::kNotApplicable);
}

TEST_F(AuditTest, L7SeesAHoldThatNothingStandsBehind) {
    gate().held_orders.push_back({"ghost", 1});
    gate().held = 2;
    expect(7, Verdict::kViolated);
    EXPECT_EQ(law(7).orders, std::vector<std::string>{"ghost"});
}

TEST_F(AuditTest, L7SeesADeferredOrderWhoseUnitsAreForSale) {
    gate().held_orders.clear();
    gate().held = 0;
    expect(7, Verdict::kViolated);
    EXPECT_EQ(law(7).orders, std::vector<std::string>{"d1"});
}

TEST_F(AuditTest, L7WaitsForTheQueueToDrain) {
    stores.queued_rows = {{"q1", 1, 1}};
    gate().held_orders.push_back({"q1", 1});
    gate().held = 2;
    expect(7, Verdict::kNotApplicable);
}

TEST_F(AuditTest, L7AndL9LeaveAGateInMotionAlone) {
    gate().version = 3;
    gate().available = 9;
    gate().held_orders.push_back({"o2", 1});
    expect(7, Verdict::kNotApplicable);
    expect(9, Verdict::kNotApplicable);
}

TEST_F(AuditTest, L9SaysHowManyGatesItLeftOut) {
    GateFacts moving = gate();
    moving.version = 3;
    gates->push_back(moving);
    const LawReport report = law(9);
    EXPECT_EQ(report.verdict, Verdict::kOk);
    EXPECT_EQ(report.examined, 1U);
    EXPECT_NE(report.detail.find("1 gates in motion"), std::string::npos);
}

TEST_F(AuditTest, L9SeesMoreRoomThanTheLedgerHas) {
    gate().held_orders = {{"d1", 8}};
    gate().held = 8;
    expect(9, Verdict::kViolated);
}

TEST_F(AuditTest, L9SeesACounterThatForgotAHold) {
    gate().held = 0;
    expect(9, Verdict::kViolated);
}

TEST_F(AuditTest, L9CountsASettledHoldOnce) {
    gate().held_orders.push_back({"o2", 1}
    );  // its sync was lost; its units left the ledger's stock already
    gate().held = 2;
    expect(9, Verdict::kOk);
}

}  // namespace
}  // namespace sluice::audit
