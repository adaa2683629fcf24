#include <algorithm>
#include <utility>

#include "unit/audit_fixture.h"

namespace sluice::audit {
namespace {

TEST_F(AuditTest, AHealthyWorldIsOkAndSaysWhatItCouldNotJudge) {
    const AuditReport report = audit();
    for (const int number : {1, 2, 3, 4, 5, 7, 8, 9, 11}) expect(number, Verdict::kOk);
    for (const int number : {6, 10, 12}) expect(number, Verdict::kNotApplicable);
    EXPECT_EQ(report.exit_code(), 0);
    EXPECT_EQ(report.laws[2].examined, 4U);
    EXPECT_EQ(report.laws[10].examined, 4U);
    for (const LawReport& one : report.laws) EXPECT_FALSE(one.statement.empty());
}

TEST_F(AuditTest, ViolatedOutranksUnjudged) {
    stores.failing = {"buyers"};
    EXPECT_EQ(audit().exit_code(), 3);
    sale().available = -1;
    EXPECT_EQ(audit().exit_code(), 4);
}

TEST_F(AuditTest, FailedReadsLeaveExactlyTheLawsThatNeedThemUnjudged) {
    journal.emplace();
    const std::vector<std::pair<std::string, std::vector<int>>> table = {
        {"sales", {1, 2, 3, 4, 5, 7, 9}},
        {"movements", {3}},
        {"buyers", {4}},
        {"orders", {6, 8, 9, 10, 11, 12}},
        {"payments", {8}},
        {"deferred", {6, 7, 11, 12}},
        {"queued", {6, 7, 12}}};
    for (const auto& [read, laws] : table) {
        stores.failing = {read};
        const AuditReport report = audit();
        for (int number = 1; number <= 12; ++number) {
            const bool needed = std::find(laws.begin(), laws.end(), number) != laws.end();
            const LawReport& one = report.laws[static_cast<std::size_t>(number - 1)];
            EXPECT_EQ(one.verdict == Verdict::kUnjudged, needed) << read << " " << one.law;
            if (needed) {
                EXPECT_EQ(one.detail, "disk on fire");
            }
        }
        EXPECT_EQ(report.exit_code(), 3) << read;
    }
}

TEST_F(AuditTest, L1SeesNegativeStock) {
    sale().available = -1;
    expect(1, Verdict::kViolated);
}

TEST_F(AuditTest, L1SeesMoreSoldThanThereWas) {
    sale().active_units = 11;
    expect(1, Verdict::kViolated);
}

TEST_F(AuditTest, L2SeesAUnitThatVanishedAndOneThatAppeared) {
    sale().available = 6;
    expect(2, Verdict::kViolated);
    sale().available = 8;
    expect(2, Verdict::kViolated);
}

TEST_F(AuditTest, L3SeesAGap) {
    stores.movement_rows.erase(stores.movement_rows.begin() + 1);
    expect(3, Verdict::kViolated);
}

TEST_F(AuditTest, L3SeesAStepThatDoesNotAddUp) {
    stores.movement_rows[1].units = -1;
    expect(3, Verdict::kViolated);
}

TEST_F(AuditTest, L3SeesAMissingFirstMovement) {
    stores.movement_rows.clear();
    expect(3, Verdict::kViolated);
}

TEST_F(AuditTest, L3SeesARowThatLeftItsMovementsBehind) {
    sale().version = 5;
    expect(3, Verdict::kViolated);
    sale().version = 4;
    sale().available = 6;
    expect(3, Verdict::kViolated);
}

TEST_F(AuditTest, L3IgnoresMovementsNewerThanTheSaleItRead) {
    stores.movement_rows.push_back({1, 5, -1, 6});
    expect(3, Verdict::kOk);
}

TEST_F(AuditTest, L4SeesATotalThatIsNotTheSumOfItsOrders) {
    stores.buyer_rows[0].totals_row = 1;
    expect(4, Verdict::kViolated);
}

TEST_F(AuditTest, L4SeesABuyerAboveTheLimit) {
    stores.buyer_rows[0] = {1, "b1", 3, 3};
    expect(4, Verdict::kViolated);
}

TEST_F(AuditTest, CountsViolationsButNamesAtMostTheLimit) {
    stores.order_rows.clear();
    stores.payment_rows.clear();
    for (int i = 0; i < 150; ++i)
        stores.order_rows.push_back({"x" + std::to_string(i), 1, 1, 500, "paid", ""});
    const LawReport report = law(8);
    EXPECT_EQ(report.verdict, Verdict::kViolated);
    EXPECT_EQ(report.orders.size(), kOrdersNamedMax);
    EXPECT_NE(report.detail.find("(and 149 more)"), std::string::npos) << report.detail;
}

}  // namespace
}  // namespace sluice::audit
