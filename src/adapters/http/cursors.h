#pragma once
// Cursors of lists as text: opaque, canonical (one text for one place), and bound to the order of
// their list. nullopt for whatever this server did not write itself. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "ports/review_book.h"
#include "ports/sale_book.h"

namespace sluice::http {

std::string cursor_text(const ShopCursor& cursor, ShopSort sort);
std::optional<ShopCursor> parse_shop_cursor(std::string_view text, ShopSort sort);

std::string cursor_text(const ReviewCursor& cursor, ReviewSort sort);
std::optional<ReviewCursor> parse_review_cursor(std::string_view text, ReviewSort sort);

}  // namespace sluice::http
