// Pages as bytes: what goes in comes out, and nothing else is taken for a page.

#include "ports/page_codec.h"

#include <gtest/gtest.h>

#include "base/prng.h"

namespace sluice {
namespace {

Shop shop() {
    return {ShopId{7}, "小龙坎（总店）", "火锅", "成都", Location{-30'572'800, 104'066'800}, RatingTotals{12'345, 3'000}};
}
Goods goods() { return {GoodsId{5}, ShopId{7}, "毛肚", "每日限量", Cents{1'900}, *Currency::parse("EUR")}; }
ReviewsPage reviews() {
    ReviewsPage page;
    const BuyerId buyer{std::string("a\0b", 3)};
    page.reviews.push_back(
        {ReviewId{9}, ShopId{7}, buyer, 5, "好\n吃", ReviewState::kVisible, wall_from_ms(-5), wall_from_ms(7)}
    );
    page.reviews.push_back({ReviewId{8}, ShopId{7}, BuyerId{"x"}, 1, "", ReviewState::kWithdrawn, wall_from_ms(0)});
    page.next = cursor_behind(page.reviews.back());
    return page;
}
SalePage sale() {
    SalePage page;
    page.sale.id = SaleId{4'294'967'295};
    page.sale.title = "毛肚";
    page.sale.state = SaleState::kClosed;
    page.sale.retired = true;
    page.sale.terms.payment_window = Millis{900'000};
    page.sale.available = 3;
    page.goods = goods();
    page.shop = shop();
    return page;
}

TEST(PageCodec, EveryPageComesOutAsItWentIn) {
    EXPECT_EQ(decode_page<Shop>(encode_page(shop())), shop());
    EXPECT_EQ(decode_page<Goods>(encode_page(goods())), goods());
    const auto read = decode_page<ReviewsPage>(encode_page(reviews()));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->reviews, reviews().reviews);
    EXPECT_EQ(read->next, reviews().next);
    EXPECT_EQ(decode_page<ShopsPage>(encode_page(ShopsPage{{shop(), Shop{}}, std::nullopt}))->shops[0], shop());
    EXPECT_EQ(decode_page<GoodsPage>(encode_page(GoodsPage{{goods()}, GoodsId{5}}))->next, GoodsId{5});
    const std::string bytes = encode_page(sale());
    const auto page = decode_page<SalePage>(bytes);
    ASSERT_TRUE(page);
    EXPECT_EQ(encode_page(*page), bytes);
    EXPECT_EQ(page->sale.id, sale().sale.id);
    EXPECT_TRUE(page->sale.retired);
}

TEST(PageCodec, NothingElseIsTakenForAPage) {
    const std::string bytes = encode_page(reviews());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_page<ReviewsPage>(bytes.substr(0, size))) << size;
    }
    EXPECT_FALSE(decode_page<ReviewsPage>(bytes + "x"));
    EXPECT_FALSE(decode_page<ShopsPage>(bytes));
    std::string other = bytes;
    other[0] = 2;
    EXPECT_FALSE(decode_page<ReviewsPage>(other));
}

// Whatever a damaged store gives back is refused or is a page; never a crash, never endless.
TEST(PageCodec, DamagedBytesDoNoHarm) {
    const std::string bytes = encode_page(sale());
    Prng prng(3);
    for (int i = 0; i < 20'000; ++i) {
        std::string damaged = bytes;
        for (std::uint64_t changes = 1 + prng.below(4); changes > 0; --changes) {
            damaged[prng.below(damaged.size())] = static_cast<char>(prng.below(256));
        }
        const auto page = decode_page<SalePage>(damaged);
        EXPECT_EQ(page ? encode_page(*page).size() : bytes.size(), bytes.size());
    }
}

}  // namespace
}  // namespace sluice
