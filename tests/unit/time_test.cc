#include "base/time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace sluice {
namespace {

TEST(Rfc3339, PrintsUtcWithMilliseconds) {
    EXPECT_EQ(to_rfc3339(wall_from_ms(0)), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(to_rfc3339(wall_from_ms(1'782'864'000'007)), "2026-07-01T00:00:00.007Z");
    EXPECT_EQ(to_rfc3339(wall_from_ms(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(Rfc3339, ReadsFractionsAndOffsets) {
    const std::vector<std::pair<std::string_view, std::int64_t>> cases = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01t00:00:00z", 0},
        {"1970-01-01T00:00:00.5Z", 500},
        {"1970-01-01T00:00:00.123456789Z", 123},
        {"1970-01-01T08:00:00+08:00", 0},
        {"1969-12-31T19:30:00.001-04:30", 1},
        {"1972-02-29T00:00:00Z", 68'169'600'000},
    };
    for (const auto& [text, ms] : cases) {
        const auto time = parse_rfc3339(text);
        ASSERT_TRUE(time) << text;
        EXPECT_EQ(to_ms(*time), ms) << text;
    }
}

TEST(Rfc3339, RefusesEverythingElse) {
    for (const std::string_view text : {
             "",
             "1970-01-01",
             "1970-01-01T00:00:00",
             "1970-01-01T00:00:00.Z",
             "1970-01-01T24:00:00Z",
             "1970-01-01T00:60:00Z",
             "1970-01-01T00:00:60Z",
             "1971-02-29T00:00:00Z",
             "1970-13-01T00:00:00Z",
             "1970-00-01T00:00:00Z",
             "1970-01-01 00:00:00Z",
             "1970-01-01T00:00:00+0800",
             "1970-01-01T00:00:00+24:00",
             "1970-01-01T00:00:00Zx",
             "x970-01-01T00:00:00Z",
         }) {
        EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
    }
}

RC_GTEST_PROP(Rfc3339, IsReadBack, ()) {
    constexpr std::int64_t kYear0 = -62'167'219'200'000;
    constexpr std::int64_t kYear9999 = 253'402'300'799'999;
    const WallTime time = wall_from_ms(*rc::gen::inRange(kYear0, kYear9999 + 1));
    RC_ASSERT(parse_rfc3339(to_rfc3339(time)) == time);
}

TEST(Deadline, PassesAtItsInstant) {
    const Deadline deadline{Instant{std::chrono::nanoseconds{100}}};
    EXPECT_FALSE(deadline.passed(Instant{std::chrono::nanoseconds{99}}));
    EXPECT_TRUE(deadline.passed(Instant{std::chrono::nanoseconds{100}}));
    EXPECT_FALSE(Deadline::never().passed(Instant{std::chrono::hours{24 * 365 * 100}}));
}

}  // namespace
}  // namespace sluice
