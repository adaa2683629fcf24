#include "base/ids.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <unordered_set>

#include "base/prng.h"
#include "base/units.h"

namespace sluice {
namespace {

TEST(OrderId, CarriesItsSaleAndLooksLikeAUuidVersion8) {
    std::array<std::uint8_t, 12> entropy{};
    entropy.fill(0xff);
    const OrderId id = OrderId::compose(SaleId{0x01020304}, entropy);
    EXPECT_EQ(id.text(), "01020304-ffff-8fff-bfff-ffffffffffff");
    EXPECT_EQ(id.sale(), SaleId{0x01020304});
}

TEST(OrderId, IsReadInEitherCase) {
    const auto lower = OrderId::parse("0a0b0c0d-0001-8002-8003-000000000abc");
    const auto upper = OrderId::parse("0A0B0C0D-0001-8002-8003-000000000ABC");
    ASSERT_TRUE(lower);
    EXPECT_EQ(lower, upper);
    EXPECT_EQ(upper->text(), "0a0b0c0d-0001-8002-8003-000000000abc");
}

TEST(OrderId, RefusesEverythingElse) {
    for (const std::string_view text : {
             "",
             "0a0b0c0d-0001-8002-8003-000000000ab",    // short
             "0a0b0c0d-0001-8002-8003-000000000abcd",  // long
             "0a0b0c0d-0001-4002-8003-000000000abc",   // version 4
             "0a0b0c0d-0001-8002-c003-000000000abc",   // another variant
             "0a0b0c0d00001-8002-8003-000000000abc",   // a dash missing
             "0a0b0c0d-0001-8002-8003-00000000-abc",   // a dash too much
             "0a0b0c0g-0001-8002-8003-000000000abc",   // no hex digit
             "{a0b0c0d-0001-8002-8003-00000000abc}",
         }) {
        EXPECT_EQ(OrderId::parse(text), std::nullopt) << text;
    }
}

RC_GTEST_PROP(OrderId, TextIsReadBack, (std::uint32_t sale, std::array<std::uint8_t, 12> entropy)) {
    const OrderId id = OrderId::compose(SaleId{sale}, entropy);
    RC_ASSERT(OrderId::parse(id.text()) == id);
    RC_ASSERT(id.sale() == SaleId{sale});
}

TEST(Strong, IdsAreComparedAndHashedByValue) {
    EXPECT_LT(Version{1}, Version{2});
    EXPECT_EQ(next(Version{1}), Version{2});
    EXPECT_EQ(next(Epoch{1}), Epoch{2});
    EXPECT_EQ(next(Revision{1}), Revision{2});
    const std::unordered_set<BuyerId> buyers = {BuyerId{"ann"}, BuyerId{"bob"}, BuyerId{"ann"}};
    EXPECT_EQ(buyers.size(), 2U);
}

TEST(Currency, IsThreeUpperCaseLetters) {
    EXPECT_EQ(Currency{}.text(), "CNY");
    ASSERT_TRUE(Currency::parse("EUR"));
    EXPECT_EQ(Currency::parse("EUR")->text(), "EUR");
    for (const std::string_view text : {"", "EU", "EURO", "eur", "E1R"}) {
        EXPECT_EQ(Currency::parse(text), std::nullopt) << text;
    }
}

TEST(Prng, OneSeedReproducesARun) {
    Prng one(1);
    Prng same(1);
    Prng other(2);
    EXPECT_EQ(one.next(), same.next());
    EXPECT_NE(one.next(), other.next());
    for (int i = 0; i < 1'000; ++i) EXPECT_LT(one.below(7), 7U);
}

}  // namespace
}  // namespace sluice
