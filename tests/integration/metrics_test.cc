#include "runtime/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace sluice {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, TextNamesEveryCounterOnceWithItsValue) {
    MetricsRegistry metrics("1.2.3");
    metrics.count(Count::kVersionConflicts, 3);
    metrics.count(Count::kRetryTransient, 2);
    metrics.count(Count::kRetryTier, 1);
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("sluice_build_info{version=\"1.2.3\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("\nsluice_version_conflicts_total 3\n"));
    EXPECT_THAT(text, HasSubstr("sluice_retries_total{reason=\"transient\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("sluice_retries_total{reason=\"tier\"} 1\n"));
    const std::size_t first = text.find("# TYPE sluice_retries_total counter\n");
    ASSERT_NE(first, std::string::npos);
    EXPECT_EQ(text.find("# TYPE sluice_retries_total", first + 1), std::string::npos);
}

TEST(Metrics, AdmissionsAreCountedBySaleAndResult) {
    MetricsRegistry metrics("v");
    metrics.admission(SaleId{7}, "accepted", 5);
    metrics.admission(SaleId{7}, "sold_out", 2);
    metrics.admission(SaleId{8}, "accepted", 1);
    metrics.admission(SaleId{8}, "a result of tomorrow", 4);
    EXPECT_EQ(metrics.admissions(SaleId{7}, "accepted"), 5U);
    EXPECT_EQ(metrics.admissions(SaleId{9}, "accepted"), 0U);
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("sluice_admission_total{sale=\"7\",result=\"sold_out\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("sluice_admission_total{sale=\"8\",result=\"other\"} 4\n"));
}

TEST(Metrics, MoreSalesThanTheTableHoldsAreCountedTogether) {
    MetricsRegistry metrics("v");
    constexpr std::uint32_t kSales = 40'000;
    for (std::uint32_t sale = 1; sale <= kSales; ++sale)
        metrics.admission(SaleId{sale}, "accepted", 1);
    std::uint64_t total = metrics.admissions(SaleId{0}, "accepted");
    EXPECT_GT(total, 0U);
    for (std::uint32_t sale = 1; sale <= kSales; ++sale)
        total += metrics.admissions(SaleId{sale}, "accepted");
    EXPECT_EQ(total, kSales);
}

TEST(Metrics, ThreadsThatMeetANewSaleAtOnceLoseNothing) {
    MetricsRegistry metrics("v");
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (std::uint32_t sale = 1; sale <= 1'000; ++sale)
                metrics.admission(SaleId{sale}, "accepted", 1);
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (std::uint32_t sale = 1; sale <= 1'000; ++sale) {
        ASSERT_EQ(metrics.admissions(SaleId{sale}, "accepted"), 4U) << sale;
    }
}

TEST(Metrics, TimingsBecomeCumulativeBucketsInSeconds) {
    MetricsRegistry metrics("v");
    metrics.observe(Timing::kAccept, 2'000'000);      // 2 ms
    metrics.observe(Timing::kAccept, 2'000'000'000);  // 2 s
    metrics.observe(Timing::kBatchOrders, 100);
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("sluice_order_accept_seconds_bucket{le=\"0.001\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("sluice_order_accept_seconds_bucket{le=\"0.0025\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("sluice_order_accept_seconds_bucket{le=\"+Inf\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("sluice_order_accept_seconds_sum 2.002\n"));
    EXPECT_THAT(text, HasSubstr("sluice_settlement_batch_orders_bucket{le=\"128\"} 1\n"));
}

TEST(Metrics, GaugesAreAskedForAndGoAwayWithTheirHandle) {
    MetricsRegistry metrics("v");
    auto handle = metrics.add_gauge("sluice_stock_units", "Units by state", [] {
        return std::vector<MetricsRegistry::Sample>{{{{"sale", "1"}, {"state", "a\"b"}}, 12}};
    });
    EXPECT_THAT(metrics.text(), HasSubstr("sluice_stock_units{sale=\"1\",state=\"a\\\"b\"} 12\n"));
    handle.reset();
    EXPECT_THAT(metrics.text(), Not(HasSubstr("sluice_stock_units")));
}

TEST(Metrics, ASourceThatThrowsLosesOnlyItself) {
    MetricsRegistry metrics("v");
    const auto broken =
        metrics.add_gauge("broken", "", []() -> std::vector<MetricsRegistry::Sample> {
            throw std::runtime_error("the store is away");
        });
    const auto kept = metrics.add_text([] { return std::string("kept 1\n"); });
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("kept 1\n"));
    EXPECT_THAT(text, Not(HasSubstr("broken")));
}

}  // namespace
}  // namespace sluice
