#pragma once
// SeedGenerator: shop after shop with its goods and reviews, ids and totals included. Pure and thread-safe: a shop depends
// on the numbers asked for and its own place only, so the same numbers give the same bytes, whole or in parts.
//
// Reviews are shared out by rank, hyperbolically (Zipf): of 20,000 shops with 400,000 reviews the first has about 15,000,
// the hundredth about 450, and a fifth of all has none. Which shop has which rank is shuffled by the seed.

#include <cstdint>
#include <vector>

#include "domain/review.h"
#include "domain/shop.h"

namespace sluice::seed {

inline constexpr std::int64_t kShopsMax = 1'000'000;
inline constexpr std::int64_t kReviewsMax = 50'000'000;
inline constexpr std::size_t kGoodsPerShopMax = 4;

struct Size {
    std::int64_t shops = 20'000;     // 1..kShopsMax
    std::int64_t reviews = 400'000;  // 0..kReviewsMax
    std::uint64_t seed = 1;
};

struct SeededShop {
    Shop shop;
    std::vector<Goods> goods;     // at most kGoodsPerShopMax, by id
    std::vector<Review> reviews;  // by id and by time; shop.ratings counts the visible ones
};

class SeedGenerator {
public:
    explicit SeedGenerator(Size size);

    const Size& size() const { return size_; }
    // index: 0..shops-1; its id is index + 1. Ids of goods and reviews grow with the index.
    SeededShop shop(std::int64_t index) const;
    std::int64_t reviews_of(std::int64_t index) const { return first_review_[at(index) + 1] - first_review_[at(index)]; }
    std::int64_t reviews_before(std::int64_t index) const { return first_review_[at(index)]; }

private:
    static std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

    Size size_;
    std::vector<std::int64_t> first_review_;  // by index: reviews of all shops before it; one more at the end
    std::uint64_t buyers_ = 0;                // a power of two, at least twice the reviews of any shop
};

}  // namespace sluice::seed
