// The dead-letter desk: what failed, and a person's word on it.

#include "adapters/http/admin_context.h"
#include "adapters/http/deferred_json.h"
#include "adapters/http/json_writer.h"

namespace sluice::http {
namespace {

// ?sale_id=, ?state=parked|buried, ?kind=order|expiry|cancel|payment|webhook, ?limit=.
Result<DeadLetterFilter> read_filter(const Request& request) {
    DeadLetterFilter filter;
    const auto page = parse_page(request, filter.rows_max);
    if (!page) return page.error();
    filter.rows_max = page->rows;
    const auto sale = request.query_value("sale_id");
    if (!sale) return sale.error();
    const auto state = request.query_value("state");
    if (!state) return state.error();
    const auto kind = request.query_value("kind");
    if (!kind) return kind.error();
    if (*sale) {
        filter.sale = parse_sale_id(**sale);
        if (!filter.sale)
            return fail(Code::kInvalidField, "sale_id: must be a positive 32-bit integer");
    }
    if (*state) {
        filter.state = parse_deferred_state(**state);
        if (!filter.state) return fail(Code::kInvalidField, "state: must be parked or buried");
    }
    if (*kind) {
        filter.work = **kind != "order";
        filter.orders = !filter.work;
        if (filter.work) filter.kind = parse_work_kind(**kind);
        if (filter.work && !filter.kind) {
            return fail(
                Code::kInvalidField, "kind: must be order, expiry, cancel, payment or webhook"
            );
        }
    }
    return filter;
}

using OrderAction = Task<Result<Done>> (DeadLetterDesk::*)(OrderId, Actor, Deadline);
using WorkAction = Task<Result<Done>> (DeadLetterDesk::*)(WorkKind, std::string, Actor, Deadline);

Response done() {
    JsonObject out;
    out.boolean("done", true);
    return json_response(200, std::move(out).str());
}

Task<Response> act_on_order(
    AdminContext& context, const Request& request, AdminIdentity who, OrderAction action
) {
    ProblemDetails details;
    details.order = OrderId::parse(request.path_values[0]);
    if (!details.order) co_return context.refuse(request, fail(Code::kNotFound));
    Actor actor;
    if (auto refusal = read_action(context, request, who, actor)) co_return std::move(*refusal);
    DeadLetterDesk& desk = context.services.desk;
    const auto acted =
        co_await (desk.*action)(*details.order, std::move(actor), context.work_deadline());
    if (!acted) co_return context.refuse(request, acted.error(), details);
    co_return done();
}

Task<Response> act_on_work(
    AdminContext& context, const Request& request, AdminIdentity who, WorkAction action
) {
    const auto kind = parse_work_kind(request.path_values[0]);
    if (!kind) co_return context.refuse(request, fail(Code::kNotFound));
    Actor actor;
    if (auto refusal = read_action(context, request, who, actor)) co_return std::move(*refusal);
    DeadLetterDesk& desk = context.services.desk;
    std::string key = request.path_values[1];
    const auto acted =
        co_await (desk.*action)(*kind, std::move(key), std::move(actor), context.work_deadline());
    if (!acted) co_return context.refuse(request, acted.error());
    co_return done();
}

}  // namespace

Task<Response> list_dead_letters(AdminContext& context, const Request& request, AdminIdentity) {
    auto filter = read_filter(request);
    if (!filter) co_return context.refuse(request, filter.error());
    const auto letters =
        co_await context.services.orders.list_dead_letters(*filter, context.work_deadline());
    if (!letters) co_return context.refuse(request, letters.error());
    std::vector<std::string> orders;
    for (const DeferredOrder& row : letters->orders) orders.push_back(deferred_order_json(row));
    std::vector<std::string> work;
    for (const DeferredWork& row : letters->work) work.push_back(deferred_work_json(row));
    JsonObject out;
    out.raw("orders", json_array(orders)).raw("work", json_array(work));
    co_return json_response(200, std::move(out).str());
}

Task<Response> show_dead_order(AdminContext& context, const Request& request, AdminIdentity) {
    const auto order = OrderId::parse(request.path_values[0]);
    if (!order) co_return context.refuse(request, fail(Code::kNotFound));
    const auto row =
        co_await context.services.orders.find_deferred(*order, context.work_deadline());
    if (!row) co_return context.refuse(request, row.error());
    if (!*row) co_return context.refuse(request, fail(Code::kNotFound));
    co_return json_response(200, deferred_order_json(**row));
}

Task<Response> show_dead_work(AdminContext& context, const Request& request, AdminIdentity) {
    const auto kind = parse_work_kind(request.path_values[0]);
    if (!kind) co_return context.refuse(request, fail(Code::kNotFound));
    std::string key = request.path_values[1];
    const auto row =
        co_await context.services.ledger.find_work(*kind, std::move(key), context.work_deadline());
    if (!row) co_return context.refuse(request, row.error());
    if (!*row) co_return context.refuse(request, fail(Code::kNotFound));
    co_return json_response(200, deferred_work_json(**row));
}

Task<Response> redrive_order(AdminContext& context, const Request& request, AdminIdentity who) {
    return act_on_order(context, request, std::move(who), &DeadLetterDesk::redrive_order);
}
Task<Response> discard_order(AdminContext& context, const Request& request, AdminIdentity who) {
    return act_on_order(context, request, std::move(who), &DeadLetterDesk::discard_order);
}
Task<Response> redrive_work(AdminContext& context, const Request& request, AdminIdentity who) {
    return act_on_work(context, request, std::move(who), &DeadLetterDesk::redrive_work);
}
Task<Response> discard_work(AdminContext& context, const Request& request, AdminIdentity who) {
    return act_on_work(context, request, std::move(who), &DeadLetterDesk::discard_work);
}

}  // namespace sluice::http
