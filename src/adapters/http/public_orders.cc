// The buyer's orders: place, read, wait, cancel, follow.

#include "adapters/http/json_writer.h"
#include "adapters/http/order_json.h"
#include "adapters/http/public_context.h"

namespace sluice::http {
namespace {

// Looks once, then waits in slices while the order is held, until `until` has come or the listener
// drains.
Task<Result<OrderView>> wait_for_order(
    PublicContext& context, const Request& request, OrderId order, BuyerId buyer, Instant until
) {
    PublicServices& services = context.services;
    auto first = co_await services.reads.find(order, buyer, context.work_deadline());
    if (!first || first->state != OrderState::kHeld || until <= services.clock.now())
        co_return first;
    while (true) {
        const Instant slice = std::min(until, services.clock.now() + kWaitSlice);
        const Deadline deadline{slice + services.work_time};
        auto view = co_await services.reads.wait_settled(order, buyer, slice, deadline);
        if (!view || view->state != OrderState::kHeld) co_return view;
        if (services.clock.now() >= until || request.is_draining()) co_return view;
    }
}

constexpr const char* kNothingNew = ":\n\n";  // a comment

std::string event_text(const OrderView& view) {
    return "event: state\ndata: " + order_json(view) + "\n\n";
}

// The next look at a followed order: at once when its outcome comes, else after a second.
Task<Result<OrderView>> look_again(PublicContext& context, OrderView last) {
    PublicServices& services = context.services;
    const Instant until = services.clock.now() + kOutcomePollInterval;
    const Deadline deadline{until + services.work_time};
    if (last.state == OrderState::kHeld) {
        co_return co_await services.reads.wait_settled(last.order, last.buyer, until, deadline);
    }
    Event never;
    co_await services.clock.sleep_until(until, never);
    co_return co_await services.reads.find(last.order, last.buyer, deadline);
}

// One event per state, until the order is final, kEventsMax has passed, the client is gone or the
// listener drains. A comment goes out with every look, so that a dead client is noticed.
Task<void> follow(PublicContext& context, const Request& request, OrderView last, Stream& out) {
    const Instant end = context.services.clock.now() + kEventsMax;
    bool open = co_await out.write(event_text(last));
    while (open && !is_final(last.state) && context.services.clock.now() < end &&
           !request.is_draining()) {
        const auto view = co_await look_again(context, last);
        if (!view) co_return;  // the client asks again and is told why
        const bool changed = view->state != last.state || view->deadline_at != last.deadline_at;
        last = *view;
        std::string piece = changed ? event_text(last) : kNothingNew;
        open = co_await out.write(std::move(piece));
    }
}

}  // namespace

Task<Response> place_order(PublicContext& context, const Request& request, BuyerId buyer) {
    const auto sale = parse_sale_id(request.path_values[0]);
    if (!sale) co_return context.refuse(request, fail(Code::kNotFound));
    auto key = idempotency_key(request);
    if (!key) co_return context.refuse(request, key.error());
    auto body = read_body(request);
    if (!body) co_return context.refuse(request, body.error());
    const auto quantity = body->integer("quantity", 1, kOrderUnitsMax);
    auto wrong = body->finish();
    if (!wrong.empty()) co_return invalid_fields(request, std::move(wrong));

    PlaceRequest place;
    place.sale = *sale;
    place.buyer = buyer;
    place.quantity = *quantity;
    place.key = std::move(*key);
    const PlaceReply reply =
        co_await context.services.place.place(std::move(place), context.work_deadline());
    if (reply.refusal && info(reply.refusal->code).http_status == 500) {
        context.services.log.error(
            "http", "an order failed",
            {{"request", request.id}, {"error", to_string(*reply.refusal)}}
        );
    }
    co_return place_response(request, reply);
}

Task<Response> show_order(PublicContext& context, const Request& request, BuyerId buyer) {
    const auto order = OrderId::parse(request.path_values[0]);
    if (!order) co_return context.refuse(request, fail(Code::kNotFound));
    const auto query = request.query_value("wait");
    if (!query) co_return context.refuse(request, query.error());
    const auto wait = parse_wait(query->value_or(""));
    if (!wait) co_return invalid_field(request, "wait", "must be a duration such as 5s or 500ms");

    const Instant until = context.services.clock.now() + *wait;
    const auto view = co_await wait_for_order(context, request, *order, buyer, until);
    if (!view) co_return context.refuse(request, view.error());
    co_return json_response(200, order_json(*view));
}

Task<Response> list_my_orders(PublicContext& context, const Request& request, BuyerId buyer) {
    const auto page = parse_page(request);
    if (!page) co_return context.refuse(request, page.error());
    OrderFilter filter;
    filter.buyer = buyer;
    filter.rows_max = page->rows + 1;  // one more tells whether there is a next page
    if (!page->cursor.empty()) {
        filter.after = OrderId::parse(page->cursor);
        if (!filter.after)
            co_return invalid_field(request, "cursor", "is not a cursor of this list");
    }
    auto rows =
        co_await context.services.orders.list_orders(std::move(filter), context.work_deadline());
    if (!rows) co_return context.refuse(request, rows.error());
    const bool more = rows->size() > page->rows;
    if (more) rows->resize(page->rows);
    std::vector<std::string> items;
    for (const OrderRow& row : *rows) items.push_back(order_json(view_of(row)));
    JsonObject out;
    out.raw("orders", json_array(items));
    Response response = json_response(200, std::move(out).str());
    if (more) response.set("Link", next_link(request, *page, rows->back().order.text()));
    co_return response;
}

Task<Response> cancel_my_order(PublicContext& context, const Request& request, BuyerId buyer) {
    ProblemDetails details;
    details.order = OrderId::parse(request.path_values[0]);
    if (!details.order) co_return context.refuse(request, fail(Code::kNotFound));
    const auto reply =
        co_await context.services.cancel.cancel(*details.order, buyer, context.work_deadline());
    if (!reply) co_return context.refuse(request, reply.error(), details);
    co_return json_response(reply->pending ? 202 : 200, order_json(reply->view));
}

Task<Response> stream_order(PublicContext& context, const Request& request, BuyerId buyer) {
    const auto order = OrderId::parse(request.path_values[0]);
    if (!order) co_return context.refuse(request, fail(Code::kNotFound));
    const auto first =
        co_await context.services.reads.find(*order, buyer, context.work_deadline());
    if (!first) co_return context.refuse(request, first.error());

    Response response;
    response.content_type = "text/event-stream";
    response.stream = [&context, &request, view = *first](Stream& out) {
        return follow(context, request, view, out);
    };
    co_return response;
}

}  // namespace sluice::http
