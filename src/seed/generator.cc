#include "seed/generator.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "base/prng.h"
#include "seed/texts.h"

namespace sluice::seed {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kEndMs = 1'780'272'000'000;  // 2026-06-01: nothing was written later
constexpr std::uint64_t kScatterE6 = 90'000;        // 10 km or so around a centre

// Shops and reviews of one seed have generators of their own, so that neither depends on how much of the other was drawn.
Prng generator_of(std::uint64_t seed, std::uint64_t what, std::uint64_t number) {
    Prng mixed(seed ^ what * 0x9e3779b97f4a7c15ULL);
    return Prng(mixed.next() + number * 0xd1342543de82ef95ULL);
}

// How many reviews the shop of each rank has: ∝ 1 / (rank + 3), none for the last fifth.
std::vector<std::int64_t> reviews_by_rank(const Size& size) {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(size.shops), 0);
    const std::size_t reviewed = counts.size() - counts.size() / 5;
    std::uint64_t all = 0;
    const auto weight = [](std::size_t rank) { return (std::uint64_t{1} << 32U) / (rank + 3); };
    for (std::size_t rank = 0; rank < reviewed; ++rank) all += weight(rank);
    std::int64_t left = size.reviews;
    for (std::size_t rank = 0; rank < reviewed; ++rank) {
        // Below 2^32 · 2^26: no overflow.
        counts[rank] = static_cast<std::int64_t>(weight(rank) * static_cast<std::uint64_t>(size.reviews) / all);
        left -= counts[rank];
    }
    for (std::size_t rank = 0; left > 0; rank = (rank + 1) % reviewed, --left) ++counts[rank];
    return counts;
}

struct Taste {
    std::uint32_t share;
    std::array<std::uint32_t, 5> ratings;  // out of 100, from one to five stars
};
constexpr std::array kTastes{
    Taste{15, {1, 2, 7, 25, 65}}, Taste{40, {3, 5, 12, 35, 45}}, Taste{30, {8, 12, 25, 33, 22}},
    Taste{8, {25, 10, 8, 17, 40}}, Taste{7, {30, 25, 20, 15, 10}},
};

int draw_rating(Prng& prng, const Taste& taste) {
    std::uint64_t drawn = prng.below(100);
    for (int stars = kRatingMin; stars < kRatingMax; ++stars) {
        const std::uint32_t share = taste.ratings[static_cast<std::size_t>(stars - 1)];
        if (drawn < share) return stars;
        drawn -= share;
    }
    return kRatingMax;
}

std::int32_t scattered(Prng& prng, std::int32_t centre) {  // denser towards the centre
    const std::uint64_t drawn = prng.below(kScatterE6) + prng.below(kScatterE6);
    return centre + static_cast<std::int32_t>(drawn) - static_cast<std::int32_t>(kScatterE6);
}

std::vector<Goods> draw_goods(Prng& prng, const Shop& shop, const City& city, const Category& category) {
    const Words titles = city.chinese ? category.chinese_goods : category.english_goods;
    const Language& language = city.chinese ? chinese() : english();
    std::vector<Goods> goods;
    const std::size_t count = prng.below(std::min(kGoodsPerShopMax, titles.size()) + 1);
    const std::size_t first = prng.below(titles.size());
    const std::int64_t first_id = (shop.id.value() - 1) * static_cast<std::int64_t>(kGoodsPerShopMax) + 1;
    for (std::size_t i = 0; i < count; ++i) {
        const auto range = static_cast<std::uint64_t>(category.price_max - category.price_min) / 100;
        const std::int64_t price = category.price_min + static_cast<std::int64_t>(prng.below(range + 1)) * 100;
        goods.push_back(
            {GoodsId{first_id + static_cast<std::int64_t>(i)}, shop.id, std::string(titles[(first + i) % titles.size()]),
             std::string(pick(prng, language.descriptions)), Cents{price}, Currency{}}
        );
    }
    return goods;
}

class Reviewer {
public:
    Reviewer(Prng prng, const City& city, const Category& category, std::uint64_t buyers, std::int64_t count)
        : prng_(prng), city_(city), category_(category), buyers_(buyers), count_(count),
          taste_(pick_by_share<Taste>(prng_, kTastes)), first_buyer_(prng_.below(buyers)),
          stride_(prng_.below(buyers) | 1U),  // odd: no buyer comes twice
          span_ms_((200 + static_cast<std::int64_t>(prng_.below(800))) * kDayMs) {}

    Review write(ShopId shop, ReviewId id, std::int64_t place) {
        Review review;
        review.id = id;
        review.shop = shop;
        review.buyer = BuyerId{buyer_name((first_buyer_ + static_cast<std::uint64_t>(place) * stride_) % buyers_)};
        review.rating = draw_rating(prng_, taste_);
        const bool speaks_chinese = city_.chinese != prng_.one_in(7);
        const Words goods = speaks_chinese ? category_.chinese_goods : category_.english_goods;
        review.text = review_text(prng_, speaks_chinese ? chinese() : english(), review.rating, goods);
        const std::int64_t slot = span_ms_ / count_;
        const auto within = static_cast<std::int64_t>(prng_.below(static_cast<std::uint64_t>(slot)));
        review.created_at = wall_from_ms(kEndMs - span_ms_ + place * slot + within);
        if (prng_.one_in(25)) {
            review.edited_at = review.created_at + Millis{static_cast<std::int64_t>(prng_.below(10 * kDayMs))};
        }
        if (prng_.one_in(review.rating <= 2 ? 60 : 600)) review.state = ReviewState::kHidden;
        return review;
    }

private:
    Prng prng_;
    const City& city_;
    const Category& category_;
    const std::uint64_t buyers_;
    const std::int64_t count_;
    const Taste& taste_;
    const std::uint64_t first_buyer_;
    const std::uint64_t stride_;
    const std::int64_t span_ms_;
};

}  // namespace

SeedGenerator::SeedGenerator(Size size) : size_(size) {
    SLUICE_CHECK(size.shops >= 1 && size.shops <= kShopsMax && size.reviews >= 0 && size.reviews <= kReviewsMax);
    const auto counts = reviews_by_rank(size);
    std::vector<std::size_t> rank_of(counts.size());
    std::iota(rank_of.begin(), rank_of.end(), std::size_t{0});
    Prng prng = generator_of(size.seed, 1, 0);
    for (std::size_t i = rank_of.size(); i > 1; --i) std::swap(rank_of[i - 1], rank_of[prng.below(i)]);
    first_review_.reserve(counts.size() + 1);
    first_review_.push_back(0);
    for (const std::size_t rank : rank_of) first_review_.push_back(first_review_.back() + counts[rank]);
    const auto wanted = static_cast<std::uint64_t>(std::max<std::int64_t>({1'024, 2 * counts.front(), size.reviews / 8}));
    for (buyers_ = 1; buyers_ < wanted; buyers_ *= 2) {
    }
}

SeededShop SeedGenerator::shop(std::int64_t index) const {
    SLUICE_CHECK(index >= 0 && index < size_.shops);
    Prng prng = generator_of(size_.seed, 2, static_cast<std::uint64_t>(index));
    const City& city = pick_by_share(prng, cities());
    const Category& category = pick_by_share(prng, categories());
    SeededShop seeded;
    Shop& shop = seeded.shop;
    shop.id = ShopId{index + 1};
    shop.name = shop_name(prng, city, category);
    shop.category = city.chinese ? category.chinese : category.english;
    shop.city = city.name;
    shop.location = Location{scattered(prng, city.latitude_e6), scattered(prng, city.longitude_e6)};
    seeded.goods = draw_goods(prng, shop, city, category);

    const std::int64_t count = reviews_of(index);
    if (count == 0) return seeded;
    Reviewer reviewer(generator_of(size_.seed, 3, static_cast<std::uint64_t>(index)), city, category, buyers_, count);
    seeded.reviews.reserve(static_cast<std::size_t>(count));
    for (std::int64_t place = 0; place < count; ++place) {
        const ReviewId id{reviews_before(index) + place + 1};
        seeded.reviews.push_back(reviewer.write(shop.id, id, place));
        if (seeded.reviews.back().state != ReviewState::kVisible) continue;
        shop.ratings.sum += seeded.reviews.back().rating;
        ++shop.ratings.count;
    }
    return seeded;
}

}  // namespace sluice::seed
