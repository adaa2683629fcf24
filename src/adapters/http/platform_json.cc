#include "adapters/http/platform_json.h"

#include <cstdlib>

#include "adapters/http/catalogue_json.h"
#include "adapters/http/json_writer.h"
#include "base/utf8.h"

namespace sluice::http {
namespace {

std::string with_zeros(std::int64_t number, std::size_t digits) {
    std::string text = std::to_string(number);
    return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

std::string brief_shop_json(const Shop& shop) {
    JsonObject out;
    out.integer("shop_id", shop.id.value()).text("name", shop.name).text("city", shop.city);
    return std::move(out).str();
}

}  // namespace

std::string degrees_text(std::int32_t e6) {
    const std::int64_t size = std::abs(static_cast<std::int64_t>(e6));
    const std::string sign = e6 < 0 ? "-" : "";
    return sign + std::to_string(size / 1'000'000) + "." + with_zeros(size % 1'000'000, 6);
}

std::string score_text(RatingTotals ratings) {
    if (ratings.count <= 0) return "null";
    const std::int64_t hundredths = (ratings.sum * 200 + ratings.count) / (ratings.count * 2);
    return std::to_string(hundredths / 100) + "." + with_zeros(hundredths % 100, 2);
}

std::string author_text(const BuyerId& buyer) {
    const std::string& text = buyer.value();
    const std::size_t first = utf8_bytes_at(text, 0);
    std::size_t last = text.size();
    while (last > 0 && last > text.size() - std::min<std::size_t>(4, text.size())) {
        --last;
        if (utf8_bytes_at(text, last) == text.size() - last) break;
    }
    const bool whole = utf8_length(text).value_or(0) >= 4;  // shorter ones would be told in full
    return whole ? text.substr(0, first) + "***" + text.substr(last) : "***";
}

std::string shop_json(const Shop& shop) {
    JsonObject out;
    out.integer("shop_id", shop.id.value()).text("name", shop.name);
    out.text("category", shop.category).text("city", shop.city);
    const auto& place = shop.location;
    out.raw("latitude", place ? degrees_text(place->latitude_e6) : "null");
    out.raw("longitude", place ? degrees_text(place->longitude_e6) : "null");
    out.raw("score", score_text(shop.ratings)).integer("reviews", shop.ratings.count);
    out.integer("rating_sum", shop.ratings.sum);
    return std::move(out).str();
}

std::string review_json(const Review& review, ReviewAudience audience) {
    JsonObject out;
    out.integer("review_id", review.id.value()).integer("shop_id", review.shop.value());
    out.text("author", author_text(review.buyer)).integer("rating", review.rating);
    out.text("text", review.text).time("created_at", review.created_at);
    out.time_or_null("edited_at", review.edited_at);
    if (audience != ReviewAudience::kReader) out.text("state", to_string(review.state));
    if (audience == ReviewAudience::kOperator) out.text("buyer_id", review.buyer.value());
    return std::move(out).str();
}

std::string sale_page_json(const Sale& sale, const Goods* goods, const Shop* shop, WallTime now) {
    std::string page = timeless_sale_json(sale, now);
    page.pop_back();
    page.append(",\"goods\":").append(goods == nullptr ? "null" : goods_json(*goods));
    page.append(",\"shop\":").append(shop == nullptr ? "null" : brief_shop_json(*shop));
    return page.append("}");
}

std::string with_time(std::string page, WallTime now) {
    page.pop_back();
    return page.append(",\"now\":\"").append(to_rfc3339(now)).append("\"}");
}

}  // namespace sluice::http
