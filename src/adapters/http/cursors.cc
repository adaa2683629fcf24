#include "adapters/http/cursors.h"

#include <charconv>

#include "adapters/http/base64url.h"

namespace sluice::http {
namespace {

// "<list>.<order>.<number>.<number>"
std::string encode(
    std::string_view list, std::string_view sort, std::int64_t first, std::int64_t second
) {
    std::string text;
    text.append(list).append(".").append(sort).append(".");
    text.append(std::to_string(first)).append(".").append(std::to_string(second));
    return base64url_encode(text);
}

struct Numbers {
    std::int64_t first = 0;
    std::int64_t second = 0;
};

std::optional<Numbers> decode(
    std::string_view cursor, std::string_view list, std::string_view sort
) {
    const auto text = base64url_decode(cursor);
    if (!text) return std::nullopt;
    const std::size_t last = text->rfind('.');
    if (last == std::string::npos || last == 0) return std::nullopt;
    const std::size_t first = text->rfind('.', last - 1);
    if (first == std::string::npos) return std::nullopt;
    Numbers numbers;
    const char* end = text->data() + text->size();
    std::from_chars(text->data() + first + 1, text->data() + last, numbers.first);
    std::from_chars(text->data() + last + 1, end, numbers.second);
    // Whatever was misread is written differently.
    if (encode(list, sort, numbers.first, numbers.second) != cursor) return std::nullopt;
    return numbers;
}

}  // namespace

std::string cursor_text(const ShopCursor& cursor, ShopSort sort) {
    const std::int64_t score = sort == ShopSort::kScore ? cursor.score : 0;
    return encode("shops", to_string(sort), score, cursor.shop.value());
}

std::optional<ShopCursor> parse_shop_cursor(std::string_view text, ShopSort sort) {
    const auto numbers = decode(text, "shops", to_string(sort));
    if (!numbers || numbers->first < 0 || numbers->second < 1) return std::nullopt;
    if (sort == ShopSort::kNewest && numbers->first != 0) return std::nullopt;
    return ShopCursor{numbers->first, ShopId{numbers->second}};
}

std::string cursor_text(const ReviewCursor& cursor, ReviewSort sort) {
    const int rating = sort == ReviewSort::kNewest ? 0 : cursor.rating;
    return encode("reviews", to_string(sort), rating, cursor.review.value());
}

std::optional<ReviewCursor> parse_review_cursor(std::string_view text, ReviewSort sort) {
    const auto numbers = decode(text, "reviews", to_string(sort));
    if (!numbers || numbers->second < 1) return std::nullopt;
    const bool rated = sort != ReviewSort::kNewest;
    const std::int64_t min = rated ? kRatingMin : 0;
    const std::int64_t max = rated ? kRatingMax : 0;
    if (numbers->first < min || numbers->first > max) return std::nullopt;
    return ReviewCursor{static_cast<int>(numbers->first), ReviewId{numbers->second}};
}

}  // namespace sluice::http
