#pragma once
// Word lists. A list is never empty; what stands for a dish in a sentence is '%'.

#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::seed {

using Words = std::span<const std::string_view>;

struct City {
    std::string_view name;
    bool chinese = true;
    std::int32_t latitude_e6 = 0;  // of its centre
    std::int32_t longitude_e6 = 0;
    std::uint32_t share = 1;  // of all shops, relative
};
std::span<const City> cities();

struct Category {
    std::string_view chinese;
    std::string_view english;
    Words chinese_suffixes;  // of names of shops
    Words english_suffixes;
    Words chinese_goods;
    Words english_goods;
    std::int64_t price_min = 0;  // minor units
    std::int64_t price_max = 0;
    std::uint32_t share = 1;
};
std::span<const Category> categories();

// Sentences by mood: 0 displeased, 1 so so, 2 pleased.
struct Language {
    Words name_starts;   // of names of shops
    Words name_cores;
    Words branches;      // streets
    Words openers[3];
    Words about_goods[3];
    Words service[3];
    Words place[3];
    Words closers[3];
    Words descriptions;  // of goods
    std::string_view between;  // two sentences
};
const Language& chinese();
const Language& english();

Words surnames();     // in Latin letters
Words given_names();  // likewise

}  // namespace sluice::seed
