// Shops, goods and reviews for operators.

#include "adapters/http/admin_context.h"
#include "adapters/http/catalogue_json.h"
#include "adapters/http/platform_json.h"

namespace sluice::http {
namespace {

constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kDescriptionBytesMax = 8'000;

// Both or neither. Degrees in the body, millionths inside.
std::optional<Location> read_location(JsonReader& body) {
    const bool has_one = body.has("latitude") || body.has("longitude");
    const auto latitude = body.decimal_or_none("latitude", -kLatitudeMax, kLatitudeMax);
    const auto longitude = body.decimal_or_none("longitude", -kLongitudeMax, kLongitudeMax);
    if (!has_one) return std::nullopt;
    if (!body.has("latitude")) body.refuse("latitude", "is required with longitude");
    if (!body.has("longitude")) body.refuse("longitude", "is required with latitude");
    if (!latitude || !longitude) return std::nullopt;
    return Location{static_cast<std::int32_t>(*latitude), static_cast<std::int32_t>(*longitude)};
}

std::optional<std::string> text_if_given(
    JsonReader& body, std::string_view name, std::size_t bytes_min
) {
    if (!body.has(name)) {
        (void)body.text_or(name, kNameBytesMax, "");
        return std::nullopt;
    }
    return body.text(name, bytes_min, kNameBytesMax);
}

Task<Response> moderate(
    AdminContext& context, const Request& request, AdminIdentity who, ReviewState to
) {
    const auto id = parse_review_id(request.path_values[0]);
    if (!id) co_return context.refuse(request, fail(Code::kNotFound));
    Actor actor;
    if (auto refusal = read_action(context, request, who, actor)) co_return std::move(*refusal);
    const auto review = co_await context.services.shops.moderate(
        *id, to, std::move(actor), context.work_deadline()
    );
    if (!review) co_return context.refuse(request, review.error());
    co_return json_response(200, review_json(*review, ReviewAudience::kOperator));
}

}  // namespace

std::optional<Currency> read_currency(JsonReader& body, std::string_view fallback) {
    const auto currency = Currency::parse(body.text_or("currency", 3, fallback));
    if (!currency) body.refuse("currency", "must be three upper-case letters (ISO 4217)");
    return currency;
}

Task<Response> create_shop(AdminContext& context, const Request& request, AdminIdentity) {
    auto body = read_body(request);
    if (!body) co_return context.refuse(request, body.error());
    Shop shop;
    shop.name = body->text("name", 1, kNameBytesMax).value_or("");
    shop.category = body->text_or("category", kNameBytesMax, "");
    shop.city = body->text_or("city", kNameBytesMax, "");
    shop.location = read_location(*body);
    auto wrong = body->finish();
    if (!wrong.empty()) co_return invalid_fields(request, std::move(wrong));
    const auto id = co_await context.services.shops.create(shop, context.work_deadline());
    if (!id) co_return context.refuse(request, id.error());
    shop.id = *id;
    Response response = json_response(201, shop_json(shop));
    response.set("Location", "/v1/shops/" + std::to_string(id->value()));
    co_return response;
}

Task<Response> edit_shop(AdminContext& context, const Request& request, AdminIdentity who) {
    const auto id = parse_shop_id(request.path_values[0]);
    if (!id) co_return context.refuse(request, fail(Code::kNotFound));
    auto body = read_body(request);
    if (!body) co_return context.refuse(request, body.error());
    ShopEdit edit;
    edit.name = text_if_given(*body, "name", 1);
    edit.category = text_if_given(*body, "category", 0);
    edit.city = text_if_given(*body, "city", 0);
    edit.location = read_location(*body);
    Actor actor = read_actor(who, *body);
    auto wrong = body->finish();
    if (!wrong.empty()) co_return invalid_fields(request, std::move(wrong));
    const auto shop = co_await context.services.shops.edit(
        *id, std::move(edit), std::move(actor), context.work_deadline()
    );
    if (!shop) co_return context.refuse(request, shop.error());
    co_return json_response(200, shop_json(*shop));
}

Task<Response> create_goods(AdminContext& context, const Request& request, AdminIdentity) {
    auto body = read_body(request);
    if (!body) co_return context.refuse(request, body.error());
    Goods goods;
    goods.shop = ShopId{body->integer("shop_id", 1, kExactIntegerMax).value_or(0)};
    goods.title = body->text("title", 1, kNameBytesMax).value_or("");
    goods.description = body->text_or("description", kDescriptionBytesMax, "");
    goods.price = Cents{body->integer("price_minor", 0, kPriceMax).value_or(0)};
    goods.currency = read_currency(*body, "CNY").value_or(Currency{});
    auto wrong = body->finish();
    if (!wrong.empty()) co_return invalid_fields(request, std::move(wrong));
    const auto id = co_await context.services.shops.create_goods(goods, context.work_deadline());
    if (!id) co_return context.refuse(request, id.error());
    goods.id = *id;
    Response response = json_response(201, goods_json(goods));
    response.set("Location", "/v1/goods/" + std::to_string(id->value()));
    co_return response;
}

Task<Response> show_review(AdminContext& context, const Request& request, AdminIdentity) {
    const auto id = parse_review_id(request.path_values[0]);
    if (!id) co_return context.refuse(request, fail(Code::kNotFound));
    const auto review = co_await context.services.reviews.find_review(*id, context.work_deadline());
    if (!review) co_return context.refuse(request, review.error());
    if (!*review) co_return context.refuse(request, fail(Code::kNotFound));
    co_return json_response(200, review_json(**review, ReviewAudience::kOperator));
}

Task<Response> hide_review(AdminContext& context, const Request& request, AdminIdentity who) {
    return moderate(context, request, std::move(who), ReviewState::kHidden);
}
Task<Response> reveal_review(AdminContext& context, const Request& request, AdminIdentity who) {
    return moderate(context, request, std::move(who), ReviewState::kVisible);
}

}  // namespace sluice::http
