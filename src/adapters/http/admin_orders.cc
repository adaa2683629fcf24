// Orders for operators: search, one with what is known about its failures, cancel.

#include "adapters/http/admin_context.h"
#include "adapters/http/deferred_json.h"
#include "adapters/http/json_writer.h"
#include "adapters/http/order_json.h"

namespace sluice::http {
namespace {

struct Search {
    OrderFilter filter;
    std::string link;  // the filter again, as a query
};

// Errors: kInvalidField naming the parameter, kBadRequest.
Result<Search> read_search(const Request& request) {
    Search search;
    const auto sale = request.query_value("sale_id");
    if (!sale) return sale.error();
    const auto buyer = request.query_value("buyer_id");
    if (!buyer) return buyer.error();
    const auto state = request.query_value("state");
    if (!state) return state.error();
    if (*sale) {
        search.filter.sale = parse_sale_id(**sale);
        if (!search.filter.sale)
            return fail(Code::kInvalidField, "sale_id: must be a positive 32-bit integer");
        search.link += "&sale_id=" + **sale;
    }
    if (*buyer) {
        if ((*buyer)->empty() || (*buyer)->size() > kBuyerIdBytesMax) {
            return fail(Code::kInvalidField, "buyer_id: must have 1 to 64 bytes");
        }
        search.filter.buyer = BuyerId{**buyer};
        search.link += "&buyer_id=" + percent_encode(**buyer);
    }
    if (*state) {
        search.filter.state = parse_order_state(**state);
        if (!search.filter.state)
            return fail(Code::kInvalidField, "state: is not a state of an order");
        search.link += "&state=" + **state;
    }
    if (!search.link.empty()) search.link.erase(0, 1);
    return search;
}

}  // namespace

Task<Response> search_orders(AdminContext& context, const Request& request, AdminIdentity) {
    const auto page = parse_page(request);
    if (!page) co_return context.refuse(request, page.error());
    auto search = read_search(request);
    if (!search) co_return context.refuse(request, search.error());
    search->filter.rows_max = page->rows + 1;
    if (!page->cursor.empty()) {
        search->filter.after = OrderId::parse(page->cursor);
        if (!search->filter.after)
            co_return invalid_field(request, "cursor", "is not a cursor of this list");
    }
    auto rows =
        co_await context.services.orders.list_orders(search->filter, context.work_deadline());
    if (!rows) co_return context.refuse(request, rows.error());
    const bool more = rows->size() > page->rows;
    if (more) rows->resize(page->rows);
    std::vector<std::string> items;
    for (const OrderRow& row : *rows)
        items.push_back(order_json(view_of(row), Audience::kOperator));
    JsonObject out;
    out.raw("orders", json_array(items));
    Response response = json_response(200, std::move(out).str());
    if (more)
        response.set("Link", next_link(request, *page, rows->back().order.text(), search->link));
    co_return response;
}

Task<Response> admin_show_order(AdminContext& context, const Request& request, AdminIdentity) {
    const auto order = OrderId::parse(request.path_values[0]);
    if (!order) co_return context.refuse(request, fail(Code::kNotFound));
    const auto view =
        co_await context.services.reads.find(*order, std::nullopt, context.work_deadline());
    if (!view) co_return context.refuse(request, view.error());
    const auto deferred =
        co_await context.services.orders.find_deferred(*order, context.work_deadline());
    if (!deferred) co_return context.refuse(request, deferred.error());
    JsonObject out;
    out.raw("order", order_json(*view, Audience::kOperator));
    out.raw("deferred", *deferred ? deferred_order_json(**deferred) : std::string{"null"});
    co_return json_response(200, std::move(out).str());
}

Task<Response> admin_cancel_order(
    AdminContext& context, const Request& request, AdminIdentity who
) {
    ProblemDetails details;
    details.order = OrderId::parse(request.path_values[0]);
    if (!details.order) co_return context.refuse(request, fail(Code::kNotFound));
    Actor actor;
    if (auto refusal = read_action(context, request, who, actor)) co_return std::move(*refusal);
    const auto reply = co_await context.services.cancel.cancel_by_operator(
        *details.order, std::move(actor), context.work_deadline()
    );
    if (!reply) co_return context.refuse(request, reply.error(), details);
    co_return json_response(
        reply->pending ? 202 : 200, order_json(reply->view, Audience::kOperator)
    );
}

}  // namespace sluice::http
