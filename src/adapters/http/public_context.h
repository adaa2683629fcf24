#pragma once
// What the public handlers share: their services, who is asking, and how an internal failure is
// logged and hidden. Private to the public_*.cc files.

#include <memory>

#include "adapters/http/problem.h"
#include "adapters/http/public_api.h"
#include "adapters/http/request_fields.h"

namespace sluice::http {

// Longest life of an order's event stream; the client then asks again.
inline constexpr Millis kEventsMax{60'000};
// Long waits look this often whether the listener drains.
inline constexpr Millis kWaitSlice{5'000};

struct PublicContext {
    explicit PublicContext(PublicServices s) : services(s), lease(s.lease) {}

    Deadline work_deadline() const { return services.clock.in(services.work_time); }
    // The buyer of the token, within the limits. Errors: kUnauthorized, kRateLimited (retry_after
    // is set then).
    Result<BuyerId> buyer(const Request& request, ProblemDetails& details) const;
    // A refusal; what is the server's fault is also logged.
    Response refuse(const Request& request, const Error& error, const ProblemDetails& details = {})
        const;

    PublicServices services;
    LeaseView lease;
};

using PublicHandler = Task<Response> (*)(PublicContext& context, const Request& request);
// `buyer`: of the request's token, within the limits.
using BuyerHandler = Task<Response> (*)(PublicContext& context, const Request& request, BuyerId buyer);

// public_orders.cc
Task<Response> place_order(PublicContext& context, const Request& request, BuyerId buyer);
Task<Response> show_order(PublicContext& context, const Request& request, BuyerId buyer);
Task<Response> list_my_orders(PublicContext& context, const Request& request, BuyerId buyer);
Task<Response> cancel_my_order(PublicContext& context, const Request& request, BuyerId buyer);
Task<Response> stream_order(PublicContext& context, const Request& request, BuyerId buyer);
// public_payments.cc
Task<Response> open_payment_session(PublicContext& context, const Request& request, BuyerId buyer);
Task<Response> notify_payment(PublicContext& context, const Request& request);
// public_sales.cc
Task<Response> list_sales(PublicContext& context, const Request& request);
Task<Response> show_sale(PublicContext& context, const Request& request);
// public_shops.cc
Task<Response> show_goods(PublicContext& context, const Request& request);
Task<Response> list_shops(PublicContext& context, const Request& request);
Task<Response> show_shop(PublicContext& context, const Request& request);
Task<Response> list_shop_goods(PublicContext& context, const Request& request);
// public_reviews.cc
Task<Response> list_reviews(PublicContext& context, const Request& request);
Task<Response> write_review(PublicContext& context, const Request& request, BuyerId buyer);
Task<Response> show_my_review(PublicContext& context, const Request& request, BuyerId buyer);
Task<Response> delete_my_review(PublicContext& context, const Request& request, BuyerId buyer);

}  // namespace sluice::http
