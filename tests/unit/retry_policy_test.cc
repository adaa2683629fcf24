#include "domain/retry_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace sluice {
namespace {

TEST(RetryPolicy, WaitsLongerAfterEachAttemptAndBuriesAfterTheFifth) {
    const RetryTiers tiers;
    const std::vector<std::pair<int, std::int64_t>> waits_ms = {
        {1, 5'000}, {2, 30'000}, {3, 300'000}, {4, 300'000}};
    for (const auto& [attempt, ms] : waits_ms) {
        const auto tier = tier_after(attempt);
        ASSERT_TRUE(tier) << attempt;
        EXPECT_EQ(tiers.delay(*tier), Millis{ms}) << attempt;
    }
    EXPECT_EQ(tier_after(kAttemptsMax), std::nullopt);
    EXPECT_EQ(tier_after(kAttemptsMax + 1), std::nullopt);
}

TEST(RetryPolicy, TierLengthsAreConfiguration) {
    const RetryTiers tiers{{Millis{1}, Millis{2}, Millis{3}}};
    EXPECT_EQ(tiers.delay(RetryTier::kFirst), Millis{1});
    EXPECT_EQ(tiers.delay(RetryTier::kThird), Millis{3});
}

TEST(RetryPolicy, ClassOfEveryError) {
    const std::vector<Code> transient = {Code::kTransient, Code::kOutcomeUnknown, Code::kTimeout};
    const std::vector<Code> permanent = {Code::kPermanent, Code::kInvalidField, Code::kNotFound};
    const auto contains = [](const std::vector<Code>& codes, Code code) {
        return std::find(codes.begin(), codes.end(), code) != codes.end();
    };
    for (int i = 0; i <= static_cast<int>(Code::kInternal); ++i) {
        const auto code = static_cast<Code>(i);
        const FailureClass expected = contains(transient, code)   ? FailureClass::kTransient
                                      : contains(permanent, code) ? FailureClass::kPermanent
                                                                  : FailureClass::kUnavailable;
        EXPECT_EQ(classify(Error{code, {}}), expected) << info(code).wire;
    }
}

TEST(RetryPolicy, BackoffDoublesUpToFiveSeconds) {
    const std::vector<std::int64_t> expected_ms = {50,    100,   200,   400,  800,
                                                   1'600, 3'200, 5'000, 5'000};
    for (std::size_t i = 0; i < expected_ms.size(); ++i) {
        EXPECT_EQ(backoff(static_cast<int>(i)), Millis{expected_ms[i]}) << i;
    }
    EXPECT_EQ(backoff(1'000'000), Millis{5'000});
    EXPECT_EQ(backoff(-1), Millis{50});
}

}  // namespace
}  // namespace sluice
