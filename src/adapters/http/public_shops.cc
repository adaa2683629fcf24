// Shops and goods for everybody.

#include "adapters/http/catalogue_json.h"
#include "adapters/http/cursors.h"
#include "adapters/http/etag.h"
#include "adapters/http/json_writer.h"
#include "adapters/http/platform_json.h"
#include "adapters/http/public_context.h"
#include "base/utf8.h"

namespace sluice::http {
namespace {

constexpr std::size_t kFilterBytesMax = 200;  // of a category or a city, as when it is written

// An absent or empty parameter filters nothing. Errors: kInvalidField, kBadRequest.
Result<std::optional<std::string>> filter_value(const Request& request, const std::string& name) {
    auto value = request.query_value(name);
    if (!value || !*value || (*value)->empty())
        return value.ok() ? std::optional<std::string>{} : value;
    const bool is_text = utf8_length(**value) && (*value)->find('\0') == std::string::npos;
    if (!is_text) return fail(Code::kInvalidField, name + ": must be UTF-8 without NUL");
    if ((*value)->size() > kFilterBytesMax) {
        return fail(Code::kInvalidField, name + ": must have at most 200 bytes");
    }
    return value;
}

std::string filter_text(const ShopQuery& query) {
    std::string text = "sort=" + std::string{to_string(query.sort)};
    if (query.category) text += "&category=" + percent_encode(*query.category);
    if (query.city) text += "&city=" + percent_encode(*query.city);
    return text;
}

}  // namespace

Task<Response> list_shops(PublicContext& context, const Request& request) {
    const auto page = parse_page(request);
    if (!page) co_return context.refuse(request, page.error());
    ShopQuery query;
    query.rows_max = page->rows;
    auto category = filter_value(request, "category");
    if (!category) co_return context.refuse(request, category.error());
    query.category = std::move(*category);
    auto city = filter_value(request, "city");
    if (!city) co_return context.refuse(request, city.error());
    query.city = std::move(*city);
    const auto sort_text = request.query_value("sort");
    if (!sort_text) co_return context.refuse(request, sort_text.error());
    const auto sort = parse_shop_sort(sort_text->value_or("newest"));
    if (!sort) co_return invalid_field(request, "sort", "must be newest or score");
    query.sort = *sort;
    if (!page->cursor.empty()) {
        query.after = parse_shop_cursor(page->cursor, *sort);
        if (!query.after)
            co_return invalid_field(request, "cursor", "is not a cursor of this list");
    }
    const auto found = co_await context.services.pages.shops(query, context.work_deadline());
    if (!found) co_return context.refuse(request, found.error());
    std::vector<std::string> items;
    for (const Shop& shop : found->shops) items.push_back(shop_json(shop));
    JsonObject out;
    out.raw("shops", json_array(items));
    Response response = json_response(200, std::move(out).str());
    if (found->next) {
        const std::string cursor = cursor_text(*found->next, *sort);
        response.set("Link", next_link(request, *page, cursor, filter_text(query)));
    }
    co_return response;
}

Task<Response> show_shop(PublicContext& context, const Request& request) {
    const auto id = parse_shop_id(request.path_values[0]);
    if (!id) co_return context.refuse(request, fail(Code::kNotFound));
    const auto shop = co_await context.services.pages.shop(*id, context.work_deadline());
    if (!shop) co_return context.refuse(request, shop.error());
    if (!*shop) co_return context.refuse(request, fail(Code::kNotFound));
    std::string body = shop_json(**shop);
    std::string tag = entity_tag(body);
    co_return tagged_response(request, std::move(tag), std::move(body));
}

Task<Response> list_shop_goods(PublicContext& context, const Request& request) {
    const auto shop = parse_shop_id(request.path_values[0]);
    if (!shop) co_return context.refuse(request, fail(Code::kNotFound));
    const auto page = parse_page(request);
    if (!page) co_return context.refuse(request, page.error());
    const auto after = page->cursor.empty() ? GoodsId{0} : parse_goods_id(page->cursor);
    if (!after) co_return invalid_field(request, "cursor", "is not a cursor of this list");
    ShopGoodsKey key;
    key.shop = *shop;
    key.after = *after;
    key.rows_max = page->rows;
    const auto found = co_await context.services.pages.shop_goods(key, context.work_deadline());
    if (!found) co_return context.refuse(request, found.error());
    if (!*found) co_return context.refuse(request, fail(Code::kNotFound));
    std::vector<std::string> items;
    for (const Goods& goods : (*found)->goods) items.push_back(goods_json(goods));
    JsonObject out;
    out.raw("goods", json_array(items));
    Response response = json_response(200, std::move(out).str());
    if ((*found)->next) {
        response.set("Link", next_link(request, *page, std::to_string((*found)->next->value())));
    }
    co_return response;
}

Task<Response> show_goods(PublicContext& context, const Request& request) {
    const auto id = parse_goods_id(request.path_values[0]);
    if (!id) co_return context.refuse(request, fail(Code::kNotFound));
    const auto goods = co_await context.services.pages.goods(*id, context.work_deadline());
    if (!goods) co_return context.refuse(request, goods.error());
    if (!*goods) co_return context.refuse(request, fail(Code::kNotFound));
    std::string body = goods_json(**goods);
    std::string tag = entity_tag(body);
    co_return tagged_response(request, std::move(tag), std::move(body));
}

}  // namespace sluice::http
