#include "adapters/http/public_api.h"

#include "adapters/http/openapi.h"
#include "adapters/http/public_context.h"

namespace sluice::http {

Result<BuyerId> PublicContext::buyer(const Request& request, ProblemDetails& details) const {
    const auto token = bearer_token(request);
    if (!token) return token.error();
    auto verified = services.tokens.verify(*token, services.clock.wall());
    if (!verified || services.buyer_limit == nullptr) return verified;
    details.retry_after = services.buyer_limit->take(verified->value(), services.clock.now());
    if (details.retry_after) return fail(Code::kRateLimited);
    return verified;
}

Response PublicContext::refuse(
    const Request& request, const Error& error, const ProblemDetails& details
) const {
    if (info(error.code).http_status == 500) {
        services.log.error(
            "http", "a request failed", {{"request", request.id}, {"error", to_string(error)}}
        );
    }
    return problem(request, error, details);
}

namespace {

Task<Response> alive(const Request&) { co_return text_response(200, "ok\n"); }

// The address limit comes before everything else, so that guessing tokens is limited too.
bool within_limit(const PublicContext& context, const Request& request, ProblemDetails& details) {
    RateLimiter* limiter = context.services.address_limit;
    if (limiter != nullptr)
        details.retry_after = limiter->take(request.peer, context.services.clock.now());
    return !details.retry_after;
}

Task<Response> limited(
    std::shared_ptr<PublicContext> context, PublicHandler handler, const Request& request
) {
    ProblemDetails details;
    if (!within_limit(*context, request, details))
        co_return problem(request, fail(Code::kRateLimited), details);
    co_return co_await handler(*context, request);
}

Task<Response> of_buyer(
    std::shared_ptr<PublicContext> context, BuyerHandler handler, const Request& request
) {
    ProblemDetails details;
    if (!within_limit(*context, request, details))
        co_return problem(request, fail(Code::kRateLimited), details);
    auto buyer = context->buyer(request, details);
    if (!buyer) co_return context->refuse(request, buyer.error(), details);
    co_return co_await handler(*context, request, *std::move(buyer));
}

}  // namespace

Handler alive_handler() { return alive; }

Router make_public_router(PublicServices services) {
    Router router;
    const auto context = std::make_shared<PublicContext>(services);
    const auto add = [&](Method method, std::string pattern, PublicHandler handler) {
        router.add(method, std::move(pattern), [context, handler](const Request& request) {
            return limited(context, handler, request);
        });
    };
    const auto add_buyer = [&](Method method, std::string pattern, BuyerHandler handler) {
        router.add(method, std::move(pattern), [context, handler](const Request& request) {
            return of_buyer(context, handler, request);
        });
    };
    add_buyer(Method::kPost, "/v1/sales/{id}/orders", place_order);
    add_buyer(Method::kGet, "/v1/orders/{id}", show_order);
    add_buyer(Method::kGet, "/v1/orders/{id}/events", stream_order);
    add_buyer(Method::kGet, "/v1/orders", list_my_orders);
    add_buyer(Method::kPost, "/v1/orders/{id}/cancel", cancel_my_order);
    add_buyer(Method::kPost, "/v1/orders/{id}/payment-session", open_payment_session);
    add(Method::kPost, "/v1/payments/notifications", notify_payment);
    add(Method::kGet, "/v1/sales", list_sales);
    add(Method::kGet, "/v1/sales/{id}", show_sale);
    add(Method::kGet, "/v1/goods/{id}", show_goods);
    add(Method::kGet, "/v1/shops", list_shops);
    add(Method::kGet, "/v1/shops/{id}", show_shop);
    add(Method::kGet, "/v1/shops/{id}/goods", list_shop_goods);
    add(Method::kGet, "/v1/shops/{id}/reviews", list_reviews);
    add_buyer(Method::kPost, "/v1/shops/{id}/reviews", write_review);
    add_buyer(Method::kGet, "/v1/shops/{id}/reviews/mine", show_my_review);
    add_buyer(Method::kDelete, "/v1/shops/{id}/reviews/mine", delete_my_review);
    router.add(Method::kGet, "/problems/{code}", problem_page());
    router.add(Method::kGet, "/openapi.json", openapi_page(public_openapi()));
    router.add(Method::kGet, "/livez", alive_handler());
    router.add(
        Method::kGet, "/healthz", alive_handler()
    );  // detail is the operators', on their own listener
    return router;
}

}  // namespace sluice::http
