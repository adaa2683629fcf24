#pragma once
// Names and texts from the word lists, each drawn from the generator that it is given. Pure.

#include <string>

#include "base/prng.h"
#include "seed/words.h"

namespace sluice::seed {

std::string_view pick(Prng& prng, Words words);
// One of the items by their `share`.
template <class Item>
const Item& pick_by_share(Prng& prng, std::span<const Item> items) {
    std::uint64_t all = 0;
    for (const Item& item : items) all += item.share;
    std::uint64_t drawn = prng.below(all);
    for (const Item& item : items) {
        if (drawn < item.share) return item;
        drawn -= item.share;
    }
    return items.back();
}

std::string shop_name(Prng& prng, const City& city, const Category& category);
// Up to five sentences, sometimes none; `goods` are what the shop sells.
std::string review_text(Prng& prng, const Language& language, int rating, Words goods);
// Unique for every number.
std::string buyer_name(std::uint64_t number);

}  // namespace sluice::seed
