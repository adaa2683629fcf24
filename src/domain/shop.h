#pragma once
// A shop, its place, and its score: the exact average of the ratings of its visible reviews, kept as their sum and their
// number, so that no rounding ever adds up. Goods are what a shop sells.

#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/units.h"

namespace sluice {

// WGS 84, in millionths of a degree (0.1 m): integers compare and survive every store unchanged.
struct Location {
    std::int32_t latitude_e6 = 0;   // ±kLatitudeMax
    std::int32_t longitude_e6 = 0;  // ±kLongitudeMax
    friend bool operator==(const Location&, const Location&) = default;
};
inline constexpr std::int32_t kLatitudeMax = 90'000'000;
inline constexpr std::int32_t kLongitudeMax = 180'000'000;

struct RatingTotals {
    std::int64_t sum = 0;    // count ≤ sum ≤ 5 · count
    std::int64_t count = 0;  // of visible reviews
    friend bool operator==(const RatingTotals&, const RatingTotals&) = default;
};

// What lists by score are ordered by: the average in thousand-millionths, cut off; 0 without a review. Both stores keep
// it as a generated column; shops whose exact averages differ have different ones up to 30,000 reviews each.
inline std::int64_t score_order(RatingTotals ratings) {
    return ratings.count > 0 ? ratings.sum * 1'000'000'000 / ratings.count : 0;
}

struct Shop {
    ShopId id;
    std::string name;
    std::string category;  // "" where nobody said
    std::string city;
    std::optional<Location> location = std::nullopt;
    RatingTotals ratings = {};
    friend bool operator==(const Shop&, const Shop&) = default;
};

// As columns that are both there or both not.
inline std::optional<std::int32_t> latitude_of(const Shop& shop) {
    return shop.location ? std::optional{shop.location->latitude_e6} : std::nullopt;
}
inline std::optional<std::int32_t> longitude_of(const Shop& shop) {
    return shop.location ? std::optional{shop.location->longitude_e6} : std::nullopt;
}

// nullopt: stays as it is.
struct ShopEdit {
    std::optional<std::string> name = std::nullopt;
    std::optional<std::string> category = std::nullopt;
    std::optional<std::string> city = std::nullopt;
    std::optional<Location> location = std::nullopt;
};
Shop edited(Shop shop, ShopEdit edit);

struct Goods {
    GoodsId id;
    ShopId shop;
    std::string title;
    std::string description;
    Cents price;  // list price, minor units
    Currency currency;
    friend bool operator==(const Goods&, const Goods&) = default;
};

}  // namespace sluice
