// Reviews: everybody reads them, buyers write their own.

#include "adapters/http/cursors.h"
#include "adapters/http/json_writer.h"
#include "adapters/http/platform_json.h"
#include "adapters/http/public_context.h"
#include "base/utf8.h"

namespace sluice::http {
namespace {

constexpr std::size_t kReviewBytesMax = 4 * kReviewCharactersMax;

std::optional<ReviewDraft> read_draft(JsonReader& body, ShopId shop, const BuyerId& buyer) {
    const auto rating = body.integer("rating", kRatingMin, kRatingMax);
    ReviewDraft draft;
    draft.text = body.text_or("text", kReviewBytesMax, "");
    if (utf8_length(draft.text).value_or(kReviewBytesMax) > kReviewCharactersMax) {
        body.refuse(
            "text", "must have at most " + std::to_string(kReviewCharactersMax) + " characters"
        );
    }
    if (!rating) return std::nullopt;
    draft.shop = shop;
    draft.buyer = buyer;
    draft.rating = static_cast<int>(*rating);
    return draft;
}

Response review_response(const ReviewReceipt& receipt) {
    const bool is_new = receipt.outcome == ReviewOutcome::kWritten;
    Response response =
        json_response(is_new ? 201 : 200, review_json(receipt.review, ReviewAudience::kAuthor));
    if (is_new) {
        response.set(
            "Location", "/v1/shops/" + std::to_string(receipt.review.shop.value()) + "/reviews/mine"
        );
    }
    return response;
}

}  // namespace

Task<Response> list_reviews(PublicContext& context, const Request& request) {
    const auto shop = parse_shop_id(request.path_values[0]);
    if (!shop) co_return context.refuse(request, fail(Code::kNotFound));
    const auto page = parse_page(request);
    if (!page) co_return context.refuse(request, page.error());
    const auto sort_text = request.query_value("sort");
    if (!sort_text) co_return context.refuse(request, sort_text.error());
    const auto sort = parse_review_sort(sort_text->value_or("newest"));
    if (!sort) co_return invalid_field(request, "sort", "must be newest, highest or lowest");
    ReviewQuery query;
    query.shop = *shop;
    query.sort = *sort;
    query.rows_max = page->rows;
    if (!page->cursor.empty()) {
        query.after = parse_review_cursor(page->cursor, *sort);
        if (!query.after)
            co_return invalid_field(request, "cursor", "is not a cursor of this list");
    }
    const auto found = co_await context.services.pages.reviews(query, context.work_deadline());
    if (!found) co_return context.refuse(request, found.error());
    if (!*found) co_return context.refuse(request, fail(Code::kNotFound));
    std::vector<std::string> items;
    for (const Review& review : (*found)->reviews) {
        items.push_back(review_json(review, ReviewAudience::kReader));
    }
    JsonObject out;
    out.raw("reviews", json_array(items));
    Response response = json_response(200, std::move(out).str());
    if ((*found)->next) {
        const std::string filter = "sort=" + std::string{to_string(*sort)};
        response.set(
            "Link", next_link(request, *page, cursor_text(*(*found)->next, *sort), filter)
        );
    }
    co_return response;
}

Task<Response> write_review(PublicContext& context, const Request& request, BuyerId buyer) {
    const auto shop = parse_shop_id(request.path_values[0]);
    if (!shop) co_return context.refuse(request, fail(Code::kNotFound));
    auto body = read_body(request);
    if (!body) co_return context.refuse(request, body.error());
    auto draft = read_draft(*body, *shop, buyer);
    auto wrong = body->finish();
    if (!wrong.empty()) co_return invalid_fields(request, std::move(wrong));
    const auto receipt =
        co_await context.services.reviews.write(*std::move(draft), context.work_deadline());
    if (!receipt) co_return context.refuse(request, receipt.error());
    co_return review_response(*receipt);
}

Task<Response> show_my_review(PublicContext& context, const Request& request, BuyerId buyer) {
    const auto shop = parse_shop_id(request.path_values[0]);
    if (!shop) co_return context.refuse(request, fail(Code::kNotFound));
    const auto review =
        co_await context.services.reviews.find(*shop, buyer, context.work_deadline());
    if (!review) co_return context.refuse(request, review.error());
    co_return json_response(200, review_json(*review, ReviewAudience::kAuthor));
}

Task<Response> delete_my_review(PublicContext& context, const Request& request, BuyerId buyer) {
    const auto shop = parse_shop_id(request.path_values[0]);
    if (!shop) co_return context.refuse(request, fail(Code::kNotFound));
    const auto removed =
        co_await context.services.reviews.remove(*shop, buyer, context.work_deadline());
    if (!removed) co_return context.refuse(request, removed.error());
    Response response = json_response(204, {});
    response.content_type = "";
    co_return response;
}

}  // namespace sluice::http
