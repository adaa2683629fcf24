#include "runtime/histogram.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>
#include <vector>

#include "base/log_linear.h"
#include "base/prng.h"

namespace sluice {
namespace {

TEST(LogLinear, EveryValueLiesWithinItsBucketAndWithinOnePercent) {
    Prng random(7);
    for (int i = 0; i < 100'000; ++i) {
        const std::uint64_t value = random.next() >> random.below(64);
        const std::size_t bucket = log_linear::bucket_of(value);
        ASSERT_LT(bucket, log_linear::kBuckets);
        const std::uint64_t upper = log_linear::upper_bound(bucket);
        ASSERT_GE(upper, value);
        ASSERT_LE(static_cast<double>(upper - value), static_cast<double>(value) / 100 + 1);
        if (bucket > 0) {
            ASSERT_LT(log_linear::upper_bound(bucket - 1), value);
        }
    }
}

TEST(LogLinear, TheGreatestValueHasTheLastBucket) {
    const auto greatest = std::numeric_limits<std::uint64_t>::max();
    EXPECT_EQ(log_linear::bucket_of(greatest), log_linear::kBuckets - 1);
    EXPECT_EQ(log_linear::upper_bound(log_linear::kBuckets - 1), greatest);
}

TEST(AtomicHistogram, EmptyHasNoPercentiles) {
    const AtomicHistogram histogram;
    EXPECT_EQ(histogram.percentile(0.5), 0U);
    EXPECT_EQ(histogram.count(), 0U);
}

TEST(AtomicHistogram, PercentilesOfAKnownRow) {
    AtomicHistogram histogram;
    for (std::uint64_t i = 1; i <= 100; ++i) histogram.record(i);
    EXPECT_EQ(histogram.percentile(0), 1U);
    EXPECT_EQ(histogram.percentile(0.5), 50U);
    EXPECT_EQ(histogram.percentile(0.99), 99U);
    EXPECT_EQ(histogram.percentile(1), 100U);
    EXPECT_EQ(histogram.sum(), 5'050U);
    EXPECT_EQ(histogram.count_up_to(10), 10U);
}

TEST(AtomicHistogram, ThreadsLoseNothing) {
    AtomicHistogram histogram;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (std::uint64_t i = 0; i < 10'000; ++i) histogram.record(i);
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(histogram.count(), 40'000U);
    EXPECT_EQ(histogram.count_up_to(std::numeric_limits<std::uint64_t>::max()), 40'000U);
}

}  // namespace
}  // namespace sluice
