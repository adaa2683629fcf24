#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace sluice {
namespace {

TEST(Result, HoldsAValueOrAnError) {
    const Result<int> good = 42;
    ASSERT_TRUE(good.ok());
    EXPECT_EQ(*good, 42);
    const Result<int> bad = fail(Code::kTransient, "deadlock");
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, Code::kTransient);
    EXPECT_EQ(to_string(bad.error()), "transient: deadlock");
}

TEST(Result, MovesItsValueOut) {
    Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
    const std::unique_ptr<int> taken = *std::move(result);
    EXPECT_EQ(*taken, 7);
}

TEST(ResultDeathTest, ReadingTheWrongSideAborts) {
    const Result<int> bad = fail(Code::kInternal);
    EXPECT_DEATH(static_cast<void>(bad.value()), "ok\\(\\)");
    const Result<int> good = 1;
    EXPECT_DEATH(static_cast<void>(good.error()), "ok\\(\\)");
}

TEST(ErrorCatalogue, EveryCodeDescribesItselfAndWireNamesAreUnique) {
    std::set<std::string_view> wires;
    for (int i = 0; i <= static_cast<int>(Code::kInternal); ++i) {
        const auto code = static_cast<Code>(i);
        EXPECT_EQ(info(code).code, code);
        EXPECT_TRUE(wires.insert(info(code).wire).second) << info(code).wire;
        EXPECT_FALSE(info(code).text.empty()) << info(code).wire;
        EXPECT_GE(info(code).http_status, 400) << info(code).wire;
        EXPECT_LT(info(code).http_status, 600) << info(code).wire;
    }
}

TEST(ErrorCatalogue, OnlyOutcomeUnknownIsUnknown) {
    for (int i = 0; i <= static_cast<int>(Code::kInternal); ++i) {
        const auto code = static_cast<Code>(i);
        EXPECT_EQ(is_unknown(fail(code)), code == Code::kOutcomeUnknown);
        EXPECT_EQ(info(code).retry == Retry::kSameKey, code == Code::kOutcomeUnknown);
    }
}

}  // namespace
}  // namespace sluice
