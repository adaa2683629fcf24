#pragma once
// Shops, reviews and the page of a sale as JSON. Pure.

#include <string>

#include "adapters/http/problem.h"
#include "domain/review.h"
#include "domain/shop.h"
#include "ports/sale_book.h"

namespace sluice::http {

// "31.230416", of millionths of a degree.
std::string degrees_text(std::int32_t e6);
// "4.37": rounded half up to hundredths; "null" without a review.
std::string score_text(RatingTotals ratings);
// Tells buyers apart without naming them: first and last character, "a***n".
std::string author_text(const BuyerId& buyer);

std::string shop_json(const Shop& shop);
// Readers see who wrote it by author_text(); `own`: its author also sees its state; operators see
// all.
enum class ReviewAudience : std::uint8_t { kReader, kAuthor, kOperator };
std::string review_json(const Review& review, ReviewAudience audience);

// The page of a sale without the time: what its entity tag is made of. Goods and shop may be
// missing, when no store answers and the sale itself is known all the same.
std::string sale_page_json(const Sale& sale, const Goods* goods, const Shop* shop, WallTime now);
// The same with "now" at its end.
std::string with_time(std::string page, WallTime now);

}  // namespace sluice::http
