// The generated platform: the same numbers give the same bytes, and what it looks like.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/hmac.h"
#include "base/utf8.h"
#include "seed/generator.h"

namespace sluice::seed {
namespace {

std::string bytes_of(const SeededShop& seeded) {
    const Shop& shop = seeded.shop;
    std::string text = std::to_string(shop.id.value()) + shop.name + shop.category + shop.city;
    text += std::to_string(shop.location->latitude_e6) + "," + std::to_string(shop.location->longitude_e6);
    for (const Goods& goods : seeded.goods) text += goods.title + goods.description + std::to_string(goods.price.value());
    for (const Review& review : seeded.reviews) {
        text += std::to_string(review.id.value()) + review.buyer.value() + std::to_string(review.rating) + review.text;
        text += std::to_string(to_ms(review.created_at)) + std::string(to_string(review.state));
    }
    return text;
}

std::string checksum(Size size) {
    const SeedGenerator generator(size);
    std::string text;
    for (std::int64_t i = 0; i < size.shops; ++i) text += bytes_of(generator.shop(i));
    return hex(HmacKey("seed").sign(text)).substr(0, 16);
}

TEST(Seed, TheSameNumbersGiveTheSameBytesInAnyOrder) {
    const Size size{50, 2'000, 3};
    EXPECT_EQ(checksum(size), checksum(size));
    EXPECT_NE(checksum(size), checksum({50, 2'000, 4}));
    const SeedGenerator generator(size);
    const std::string last = bytes_of(generator.shop(49));
    (void)generator.shop(0);
    EXPECT_EQ(bytes_of(generator.shop(49)), last);
}

TEST(Seed, EveryShopAndReviewHolds) {
    const Size size{400, 20'000, 7};
    const SeedGenerator generator(size);
    std::int64_t next_review = 1;
    std::int64_t last_goods = 0;
    for (std::int64_t i = 0; i < size.shops; ++i) {
        const SeededShop seeded = generator.shop(i);
        ASSERT_EQ(seeded.shop.id.value(), i + 1);
        ASSERT_TRUE(utf8_length(seeded.shop.name) && seeded.shop.name.size() <= 200);
        for (const Goods& goods : seeded.goods) {
            ASSERT_GT(goods.id.value(), last_goods);
            last_goods = goods.id.value();
            ASSERT_EQ(goods.shop, seeded.shop.id);
        }
        RatingTotals totals;
        std::set<BuyerId> buyers;
        WallTime before{};
        for (const Review& review : seeded.reviews) {
            ASSERT_EQ(review.id.value(), next_review++);
            ASSERT_TRUE(buyers.insert(review.buyer).second) << "one review per buyer and shop";
            const ReviewDraft draft{review.shop, review.buyer, review.rating, review.text};
            ASSERT_EQ(fault_of(draft), std::nullopt);
            ASSERT_EQ(review.text.find('%'), std::string::npos) << review.text;
            ASSERT_GE(review.created_at, before);
            before = review.created_at;
            ASSERT_TRUE(!review.edited_at || *review.edited_at >= review.created_at);
            if (review.state == ReviewState::kVisible) totals = {totals.sum + review.rating, totals.count + 1};
        }
        ASSERT_EQ(seeded.shop.ratings, totals);
    }
    EXPECT_EQ(next_review, size.reviews + 1);
}

TEST(Seed, HotShopsAndColdShopsExistAndTastesDiffer) {
    const SeedGenerator generator({20'000, 400'000, 1});
    std::vector<std::int64_t> counts;
    for (std::int64_t i = 0; i < 20'000; ++i) counts.push_back(generator.reviews_of(i));
    EXPECT_EQ(generator.reviews_before(20'000 - 1) + counts.back(), 400'000);
    std::sort(counts.rbegin(), counts.rend());
    EXPECT_GT(counts[0], 10'000);
    EXPECT_GT(counts[19], 1'000);
    EXPECT_EQ(counts[16'000], 0);
    EXPECT_GT(counts[15'999], 0);
    std::map<std::string, int> cities;
    std::set<int> scores;
    int chinese = 0;
    int texts = 0;
    for (std::int64_t i = 0; i < 300; ++i) {
        const SeededShop seeded = generator.shop(i);
        ++cities[seeded.shop.city];
        if (seeded.shop.ratings.count > 5) scores.insert(static_cast<int>(10 * seeded.shop.ratings.sum / seeded.shop.ratings.count));
        for (const Review& review : seeded.reviews) {
            texts += review.text.empty() ? 0 : 1;
            chinese += !review.text.empty() && static_cast<unsigned char>(review.text[0]) >= 0x80 ? 1 : 0;
        }
    }
    EXPECT_GT(cities.size(), 15U);
    EXPECT_GT(cities["上海"], cities["Leeds"]);
    EXPECT_GT(scores.size(), 8U);
    EXPECT_GT(chinese, texts / 2);
    EXPECT_LT(chinese, texts * 9 / 10);
}

TEST(Seed, TheSmallestAndOddSizesWork) {
    for (const Size size : {Size{1, 0, 0}, Size{1, 1, 0}, Size{2, 5'000, 9}, Size{7, 3, 1}}) {
        const SeedGenerator generator(size);
        std::int64_t reviews = 0;
        for (std::int64_t i = 0; i < size.shops; ++i) {
            reviews += static_cast<std::int64_t>(generator.shop(i).reviews.size());
        }
        EXPECT_EQ(reviews, size.reviews);
    }
}

}  // namespace
}  // namespace sluice::seed
