// Sales for operators.

#include "adapters/http/admin_context.h"
#include "adapters/http/catalogue_json.h"
#include "adapters/http/json_writer.h"

namespace sluice::http {
namespace {

constexpr std::int64_t kPaymentWindowSecondsMax = 7 * 24 * 3600;
constexpr std::int64_t kPaymentWindowSecondsDefault = 15 * 60;

// Price and currency come from the goods unless the body names them.
std::optional<NewSale> read_new_sale(JsonReader& body, const Goods& goods) {
    NewSale sale;
    sale.goods = goods.id;
    const std::int64_t id =
        body.integer_or("sale_id", 1, std::numeric_limits<std::uint32_t>::max(), 0);
    if (id > 0) sale.id = SaleId{static_cast<std::uint32_t>(id)};
    const auto mode = parse_sale_mode(body.text_or("mode", 16, "queued"));
    if (!mode) body.refuse("mode", "must be queued or direct");
    const auto late = parse_late_payment(body.text_or("late_payment", 16, "refund"));
    if (!late) body.refuse("late_payment", "must be refund or reacquire");
    const auto units = body.integer("units", 1, kStockUnitsMax);
    sale.limit_per_buyer = body.integer_or("limit_per_buyer", 1, kOrderUnitsMax, 1);
    const auto opens_at = body.time("opens_at");
    const auto closes_at = body.time("closes_at");
    if (opens_at && closes_at && *closes_at <= *opens_at)
        body.refuse("closes_at", "must be after opens_at");
    sale.terms.price = Cents{body.integer_or("price_minor", 0, kPriceMax, goods.price.value())};
    const auto currency = read_currency(body, goods.currency.text());
    const auto window = body.integer_or(
        "payment_window_seconds", 1, kPaymentWindowSecondsMax, kPaymentWindowSecondsDefault
    );
    // Price and limit are below 2^40 and 2^20, so the product fits.
    if (sale.terms.price.value() * sale.limit_per_buyer > kExactIntegerMax) {
        body.refuse(
            "limit_per_buyer", "price_minor times limit_per_buyer must not pass 9007199254740991"
        );
    }
    if (!mode || !late || !units || !opens_at || !closes_at || !currency) return std::nullopt;
    sale.mode = *mode;
    sale.late_payment = *late;
    sale.units = *units;
    sale.opens_at = *opens_at;
    sale.closes_at = *closes_at;
    sale.terms.currency = *currency;
    sale.terms.payment_window = std::chrono::seconds{window};
    return sale;
}

std::string operator_sale(const AdminContext& context, const Sale& sale) {
    return sale_json(sale, context.services.clock.wall(), Audience::kOperator);
}

Task<Response> move_sale(
    AdminContext& context, const Request& request, AdminIdentity who, SaleState to
) {
    const auto id = parse_sale_id(request.path_values[0]);
    if (!id) co_return context.refuse(request, fail(Code::kNotFound));
    Actor actor;
    if (auto refusal = read_action(context, request, who, actor)) co_return std::move(*refusal);
    const auto sale = co_await context.services.manage.set_state(
        *id, to, std::move(actor), context.work_deadline()
    );
    if (!sale) co_return context.refuse(request, sale.error());
    co_return json_response(200, operator_sale(context, *sale));
}

}  // namespace

Task<Response> create_sale(AdminContext& context, const Request& request, AdminIdentity who) {
    auto body = read_body(request);
    if (!body) co_return context.refuse(request, body.error());
    const auto goods_id = body->integer("goods_id", 1, kExactIntegerMax);
    Actor actor;
    actor.name = who.name;
    actor.reason = body->text_or("reason", kReasonBytesMax, "created");
    Goods goods;  // price 0 when the id is wrong: the other fields are still judged
    if (goods_id) {
        const auto found =
            co_await context.services.sales.find_goods(GoodsId{*goods_id}, context.work_deadline());
        if (!found) co_return context.refuse(request, found.error());
        if (*found) goods = **found;
        if (!*found) body->refuse("goods_id", "no such goods");
    }
    auto sale = read_new_sale(*body, goods);
    auto wrong = body->finish();
    if (!wrong.empty()) co_return invalid_fields(request, std::move(wrong));
    const auto made = co_await context.services.manage.create(
        *std::move(sale), std::move(actor), context.work_deadline()
    );
    if (!made) co_return context.refuse(request, made.error());
    Response response = json_response(201, operator_sale(context, *made));
    response.set("Location", "/v1/sales/" + std::to_string(made->id.value()));
    co_return response;
}

Task<Response> admin_list_sales(AdminContext& context, const Request& request, AdminIdentity) {
    const auto page = parse_page(request);
    if (!page) co_return context.refuse(request, page.error());
    const auto after = page->cursor.empty() ? SaleId{0} : parse_sale_id(page->cursor);
    if (!after) co_return invalid_field(request, "cursor", "is not a cursor of this list");
    const auto state = request.query_value("state");
    if (!state) co_return context.refuse(request, state.error());
    const auto wanted = parse_sale_state(state->value_or(""));
    if (*state && !wanted)
        co_return invalid_field(request, "state", "must be draft, open, paused or closed");
    auto sales = co_await context.services.sales.list_sales(
        wanted, *after, page->rows + 1, context.work_deadline()
    );
    if (!sales) co_return context.refuse(request, sales.error());
    const bool more = sales->size() > page->rows;
    if (more) sales->resize(page->rows);
    std::vector<std::string> items;
    for (const Sale& sale : *sales) items.push_back(operator_sale(context, sale));
    JsonObject out;
    out.raw("sales", json_array(items));
    Response response = json_response(200, std::move(out).str());
    const std::string filter = wanted ? "state=" + std::string{to_string(*wanted)} : std::string{};
    if (more)
        response.set(
            "Link", next_link(request, *page, std::to_string(sales->back().id.value()), filter)
        );
    co_return response;
}

Task<Response> admin_show_sale(AdminContext& context, const Request& request, AdminIdentity) {
    const auto id = parse_sale_id(request.path_values[0]);
    if (!id) co_return context.refuse(request, fail(Code::kNotFound));
    const auto sale = co_await context.services.sales.find_sale(*id, context.work_deadline());
    if (!sale) co_return context.refuse(request, sale.error());
    if (!*sale) co_return context.refuse(request, fail(Code::kNotFound));
    const auto figures =
        co_await context.services.orders.stock_figures(*id, context.work_deadline());
    if (!figures) co_return context.refuse(request, figures.error());
    JsonObject out;
    out.raw("sale", operator_sale(context, **sale)).raw("stock", stock_json(*figures));
    co_return json_response(200, std::move(out).str());
}

Task<Response> open_sale(AdminContext& context, const Request& request, AdminIdentity who) {
    return move_sale(context, request, std::move(who), SaleState::kOpen);
}
Task<Response> pause_sale(AdminContext& context, const Request& request, AdminIdentity who) {
    return move_sale(context, request, std::move(who), SaleState::kPaused);
}
Task<Response> close_sale(AdminContext& context, const Request& request, AdminIdentity who) {
    return move_sale(context, request, std::move(who), SaleState::kClosed);
}

Task<Response> add_stock(AdminContext& context, const Request& request, AdminIdentity who) {
    const auto id = parse_sale_id(request.path_values[0]);
    if (!id) co_return context.refuse(request, fail(Code::kNotFound));
    auto body = read_body(request);
    if (!body) co_return context.refuse(request, body.error());
    const auto units = body->integer("units", 1, kStockUnitsMax);
    Actor actor = read_actor(who, *body);
    auto wrong = body->finish();
    if (!wrong.empty()) co_return invalid_fields(request, std::move(wrong));
    const auto sale = co_await context.services.manage.add_stock(
        *id, *units, std::move(actor), context.work_deadline()
    );
    if (!sale) co_return context.refuse(request, sale.error());
    co_return json_response(200, operator_sale(context, *sale));
}

// Changes nothing, so it takes no reason and leaves no audit row.
Task<Response> warm_sale(AdminContext& context, const Request& request, AdminIdentity) {
    const auto id = parse_sale_id(request.path_values[0]);
    if (!id) co_return context.refuse(request, fail(Code::kNotFound));
    const auto pages = co_await context.services.warm(*id);
    if (!pages) co_return context.refuse(request, pages.error());
    JsonObject out;
    out.integer("sale_id", id->value()).integer("pages", static_cast<std::int64_t>(*pages));
    co_return json_response(200, std::move(out).str());
}

}  // namespace sluice::http
