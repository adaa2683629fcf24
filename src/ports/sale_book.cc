#include "ports/sale_book.h"

#include <array>

#include "domain/enum_text.h"

namespace sluice {

std::string_view to_string(ShopSort sort) {
    switch (sort) {
        case ShopSort::kNewest: return "newest";
        case ShopSort::kScore: return "score";
    }
    return "";
}

std::optional<ShopSort> parse_shop_sort(std::string_view text) {
    return parse_by_name(text, std::array{ShopSort::kNewest, ShopSort::kScore});
}

}  // namespace sluice
