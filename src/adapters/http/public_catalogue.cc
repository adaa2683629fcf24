// Sales, goods and shops for everybody. Sales come from the catalogue lease, which is in memory.

#include "adapters/http/catalogue_json.h"
#include "adapters/http/json_writer.h"
#include "adapters/http/public_context.h"

namespace sluice::http {
namespace {

bool is_public(const Sale& sale) { return sale.state != SaleState::kDraft; }

// Sales the lease does not name (retired ones) are read from the book.
Task<Result<std::optional<Sale>>> find_sale(PublicContext& context, SaleId id) {
    const Sale* known = context.lease.read().find(id);
    if (known != nullptr) co_return std::optional{*known};
    co_return co_await context.services.sales.find_sale(id, context.work_deadline());
}

}  // namespace

Task<Response> list_sales(PublicContext& context, const Request& request) {
    const auto state = request.query_value("state");
    if (!state) co_return context.refuse(request, state.error());
    const std::string wanted = state->value_or("");
    const auto parsed = parse_sale_state(wanted);
    if (!wanted.empty() && wanted != "live" && !parsed) {
        co_return invalid_field(request, "state", "must be live, open, paused or closed");
    }
    const WallTime now = context.services.clock.wall();
    std::vector<std::string> items;
    for (const Sale& sale : context.lease.read().catalogue.sales) {
        const bool matches =
            wanted.empty() || (parsed ? sale.state == *parsed : is_live(sale, now));
        if (matches && is_public(sale)) items.push_back(sale_json(sale, now, Audience::kPublic));
    }
    JsonObject out;
    out.raw("sales", json_array(items));
    co_return json_response(200, std::move(out).str());
}

Task<Response> show_sale(PublicContext& context, const Request& request) {
    const auto id = parse_sale_id(request.path_values[0]);
    if (!id) co_return context.refuse(request, fail(Code::kNotFound));
    const auto sale = co_await find_sale(context, *id);
    if (!sale) co_return context.refuse(request, sale.error());
    if (!*sale || !is_public(**sale)) co_return context.refuse(request, fail(Code::kNotFound));
    co_return json_response(
        200, sale_json(**sale, context.services.clock.wall(), Audience::kPublic)
    );
}

Task<Response> show_goods(PublicContext& context, const Request& request) {
    const auto id = parse_goods_id(request.path_values[0]);
    if (!id) co_return context.refuse(request, fail(Code::kNotFound));
    const auto goods = co_await context.services.sales.find_goods(*id, context.work_deadline());
    if (!goods) co_return context.refuse(request, goods.error());
    if (!*goods) co_return context.refuse(request, fail(Code::kNotFound));
    co_return json_response(200, goods_json(**goods));
}

Task<Response> list_shops(PublicContext& context, const Request& request) {
    const auto page = parse_page(request);
    if (!page) co_return context.refuse(request, page.error());
    const auto after = page->cursor.empty() ? ShopId{0} : parse_shop_id(page->cursor);
    if (!after) co_return invalid_field(request, "cursor", "is not a cursor of this list");
    auto shops =
        co_await context.services.sales.list_shops(*after, page->rows + 1, context.work_deadline());
    if (!shops) co_return context.refuse(request, shops.error());
    const bool more = shops->size() > page->rows;
    if (more) shops->resize(page->rows);
    std::vector<std::string> items;
    for (const Shop& shop : *shops) items.push_back(shop_json(shop));
    JsonObject out;
    out.raw("shops", json_array(items));
    Response response = json_response(200, std::move(out).str());
    if (more)
        response.set("Link", next_link(request, *page, std::to_string(shops->back().id.value())));
    co_return response;
}

Task<Response> show_shop(PublicContext& context, const Request& request) {
    const auto id = parse_shop_id(request.path_values[0]);
    if (!id) co_return context.refuse(request, fail(Code::kNotFound));
    const auto shop = co_await context.services.sales.find_shop(*id, context.work_deadline());
    if (!shop) co_return context.refuse(request, shop.error());
    if (!*shop) co_return context.refuse(request, fail(Code::kNotFound));
    co_return json_response(200, shop_json(**shop));
}

}  // namespace sluice::http
