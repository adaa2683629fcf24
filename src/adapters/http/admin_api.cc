#include "adapters/http/admin_api.h"

#include "adapters/http/admin_context.h"
#include "adapters/http/openapi.h"
#include "adapters/http/public_api.h"

namespace sluice::http {

Response AdminContext::refuse(const Request& request, const Error& error, ProblemDetails details)
    const {
    if (info(error.code).http_status == 500) {
        services.log.error(
            "http", "an admin request failed",
            {{"request", request.id}, {"error", to_string(error)}}
        );
    }
    details.audience = Audience::kOperator;
    return problem(request, error, details);
}

Actor read_actor(const AdminIdentity& who, JsonReader& body) {
    Actor actor;
    actor.name = who.name;
    actor.reason = body.text("reason", 1, kReasonBytesMax).value_or("");
    return actor;
}

std::optional<Response> read_action(
    const AdminContext& context, const Request& request, const AdminIdentity& who, Actor& actor
) {
    auto body = read_body(request);
    if (!body) return context.refuse(request, body.error());
    actor = read_actor(who, *body);
    auto wrong = body->finish();
    if (!wrong.empty()) return invalid_fields(request, std::move(wrong));
    return std::nullopt;
}

namespace {

using Context = std::shared_ptr<AdminContext>;

Task<Response> authorised(Context context, AdminHandler handler, const Request& request) {
    const auto token = bearer_token(request);
    if (!token) co_return problem(request, token.error());
    auto who = context->services.tokens.find(*token);
    if (!who) co_return problem(request, fail(Code::kUnauthorized, "the token is not known"));
    const bool reads = request.method == Method::kGet || request.method == Method::kHead;
    if (!reads && who->role == Role::kViewer) {
        co_return problem(request, fail(Code::kForbidden, "a viewer may only read"));
    }
    co_return co_await handler(*context, request, *std::move(who));
}

void add(
    Router& router, const Context& context, Method method, std::string pattern, AdminHandler handler
) {
    router.add(method, std::move(pattern), [context, handler](const Request& request) {
        return authorised(context, handler, request);
    });
}

void add_sales(Router& router, const Context& context) {
    add(router, context, Method::kPost, "/v1/sales", create_sale);
    add(router, context, Method::kGet, "/v1/sales", admin_list_sales);
    add(router, context, Method::kGet, "/v1/sales/{id}", admin_show_sale);
    add(router, context, Method::kPost, "/v1/sales/{id}/open", open_sale);
    add(router, context, Method::kPost, "/v1/sales/{id}/resume", open_sale);
    add(router, context, Method::kPost, "/v1/sales/{id}/pause", pause_sale);
    add(router, context, Method::kPost, "/v1/sales/{id}/close", close_sale);
    add(router, context, Method::kPost, "/v1/sales/{id}/stock", add_stock);
    add(router, context, Method::kPost, "/v1/sales/{id}/warm", warm_sale);
}

void add_shops(Router& router, const Context& context) {
    add(router, context, Method::kPost, "/v1/shops", create_shop);
    add(router, context, Method::kPatch, "/v1/shops/{id}", edit_shop);
    add(router, context, Method::kPost, "/v1/goods", create_goods);
    add(router, context, Method::kGet, "/v1/reviews/{id}", show_review);
    add(router, context, Method::kPost, "/v1/reviews/{id}/hide", hide_review);
    add(router, context, Method::kPost, "/v1/reviews/{id}/show", reveal_review);
}

void add_orders(Router& router, const Context& context) {
    add(router, context, Method::kGet, "/v1/orders", search_orders);
    add(router, context, Method::kGet, "/v1/orders/{id}", admin_show_order);
    add(router, context, Method::kPost, "/v1/orders/{id}/cancel", admin_cancel_order);
    add(router, context, Method::kGet, "/v1/dead-letters", list_dead_letters);
    add(router, context, Method::kGet, "/v1/dead-letters/orders/{id}", show_dead_order);
    add(router, context, Method::kPost, "/v1/dead-letters/orders/{id}/redrive", redrive_order);
    add(router, context, Method::kPost, "/v1/dead-letters/orders/{id}/discard", discard_order);
    add(router, context, Method::kGet, "/v1/dead-letters/work/{kind}/{key}", show_dead_work);
    add(router, context, Method::kPost, "/v1/dead-letters/work/{kind}/{key}/redrive", redrive_work);
    add(router, context, Method::kPost, "/v1/dead-letters/work/{kind}/{key}/discard", discard_work);
}

Task<Response> show_metrics(Context context, const Request&) {
    Response response = text_response(200, context->services.metrics());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    co_return response;
}

Task<Response> show_ready(Context context, const Request&) { co_return ready_response(*context); }
Task<Response> show_health(Context context, const Request&) { co_return health_response(*context); }

}  // namespace

Router make_admin_router(AdminServices services) {
    Router router;
    const auto context = std::make_shared<AdminContext>(std::move(services));
    add_shops(router, context);
    add_sales(router, context);
    add_orders(router, context);
    add(router, context, Method::kPost, "/v1/reconcile", run_reconcile);
    add(router, context, Method::kPost, "/v1/audit", run_audit);
    // Probes and scrapers carry no token: nothing here names a buyer or an order.
    router.add(Method::kGet, "/livez", alive_handler());
    router.add(Method::kGet, "/readyz", [context](const Request& request) {
        return show_ready(context, request);
    });
    router.add(Method::kGet, "/healthz", [context](const Request& request) {
        return show_health(context, request);
    });
    router.add(Method::kGet, "/metrics", [context](const Request& request) {
        return show_metrics(context, request);
    });
    router.add(Method::kGet, "/problems/{code}", problem_page());
    router.add(Method::kGet, "/openapi.json", openapi_page(admin_openapi()));
    return router;
}

}  // namespace sluice::http
