#pragma once
// Quantities and money. Both are plain signed integers inside so that differences are representable; a named range
// says what a request may contain.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"

namespace sluice {

using Units = std::int64_t;                                // a number of units of stock, or a difference of such
using Cents = Strong<struct CentsTag, std::int64_t>;       // money in minor units

inline constexpr Units kOrderUnitsMax = 1'000'000;         // of one order
inline constexpr Units kStockUnitsMax = 1'000'000'000;     // of one sale
inline constexpr std::int64_t kPriceMax = 1'000'000'000'000;  // minor units of one unit

// ISO 4217 alphabetic code: three upper-case letters.
class Currency {
public:
    constexpr Currency() = default;
    static std::optional<Currency> parse(std::string_view text) {
        if (text.size() != 3) return std::nullopt;
        Currency currency;
        for (std::size_t i = 0; i < 3; ++i) {
            if (text[i] < 'A' || text[i] > 'Z') return std::nullopt;
            currency.letters_[i] = text[i];
        }
        return currency;
    }
    std::string_view text() const { return {letters_.data(), letters_.size()}; }
    friend constexpr auto operator<=>(const Currency&, const Currency&) = default;

private:
    std::array<char, 3> letters_{'C', 'N', 'Y'};
};

}  // namespace sluice
