// What clients are told: problems, orders, sales. Pure.

#include <gtest/gtest.h>

#include "adapters/http/catalogue_json.h"
#include "adapters/http/order_json.h"
#include "adapters/http/problem.h"

namespace sluice::http {
namespace {

const OrderId kOrder = OrderId::compose(SaleId{7}, {1, 2, 3});

Request request() {
    Request made;
    made.path = "/v1/x";
    made.id = "r-1";
    return made;
}

PlaceReply placed(OrderState state) {
    PlaceReply reply;
    reply.order = kOrder;
    reply.view.order = kOrder;
    reply.view.sale = SaleId{7};
    reply.view.state = state;
    reply.view.quantity = 2;
    reply.view.terms.price = Cents{150};
    reply.view.accepted_at = wall_from_ms(0);
    return reply;
}

bool has(const Response& response, std::string_view text) {
    return response.headers.find(text) != std::string::npos ||
           response.body.find(text) != std::string::npos;
}

TEST(Problem, FollowsTheCatalogue) {
    const Response sold_out = problem(request(), fail(Code::kSoldOut));
    EXPECT_EQ(sold_out.status, 409);
    EXPECT_EQ(
        sold_out.body,
        R"({"type":"/problems/sold_out","title":"Not enough units are left","status":409,"code":"sold_out",)"
        R"("instance":"/v1/x","request_id":"r-1","retryable":false})"
    );
    EXPECT_TRUE(has(problem(request(), fail(Code::kRecovering)), "Retry-After: 1\r\n"));
    EXPECT_TRUE(has(problem(request(), fail(Code::kOutcomeUnknown)), R"("retryable":true)"));
    EXPECT_TRUE(has(problem(request(), fail(Code::kUnauthorized)), "WWW-Authenticate: Bearer\r\n"));
}

TEST(Problem, TellsInternalDetailOnlyToOperators) {
    const Error error = fail(Code::kPermanent, "UNIQUE constraint failed: orders.id");
    EXPECT_FALSE(has(problem(request(), error), "UNIQUE"));
    ProblemDetails details;
    details.audience = Audience::kOperator;
    EXPECT_TRUE(has(problem(request(), error, details), "UNIQUE"));
}

TEST(Problem, ListsFields) {
    const Response response = invalid_field(request(), "quan\"tity", "is bad");
    EXPECT_EQ(response.status, 422);
    EXPECT_TRUE(has(response, R"("errors":[{"field":"quan\"tity","detail":"is bad"}])"));
}

TEST(Problem, EveryCodeHasItsPageName) {
    EXPECT_EQ(parse_code("sold_out"), Code::kSoldOut);
    EXPECT_EQ(parse_code("internal"), Code::kInternal);
    EXPECT_FALSE(parse_code(""));
}

TEST(PlaceResponse, HeldIs202WithALocation) {
    const Response response = place_response(request(), placed(OrderState::kHeld));
    EXPECT_EQ(response.status, 202);
    EXPECT_TRUE(has(response, "Location: /v1/orders/" + kOrder.text() + "\r\n"));
    EXPECT_FALSE(has(response, "Idempotency-Replayed"));
    EXPECT_EQ(
        response.body,
        R"({"order_id":")" + kOrder.text() +
            R"(","sale_id":7,"state":"held","reason":null,"quantity":2,"amount_minor":300,)"
            R"("currency":"CNY","accepted_at":"1970-01-01T00:00:00.000Z","deadline_at":null})"
    );
}

TEST(PlaceResponse, ReplaysTellThePresentTruth) {
    PlaceReply reply = placed(OrderState::kHeld);
    reply.replayed = true;
    EXPECT_EQ(place_response(request(), reply).status, 202);
    reply.view.state = OrderState::kPaid;
    EXPECT_EQ(place_response(request(), reply).status, 200);
    EXPECT_TRUE(has(place_response(request(), reply), "Idempotency-Replayed: true\r\n"));
    reply.view.state = OrderState::kRejected;
    reply.view.reason = Reason::kDiscarded;
    const Response rejected = place_response(request(), reply);
    EXPECT_EQ(rejected.status, 409);
    EXPECT_TRUE(has(rejected, R"("code":"order_rejected")"));
    EXPECT_TRUE(has(rejected, R"("reason":"discarded")"));
    EXPECT_TRUE(has(rejected, kOrder.text()));
}

TEST(PlaceResponse, DirectModeIs201) {
    PlaceReply reply = placed(OrderState::kAwaitingPayment);
    reply.direct = true;
    EXPECT_EQ(place_response(request(), reply).status, 201);
}

TEST(PlaceResponse, RefusalsNameTheOrder) {
    PlaceReply reply;
    reply.order = kOrder;
    reply.refusal = fail(Code::kSoldOut);
    reply.left = 1;
    const Response response = place_response(request(), reply);
    EXPECT_EQ(response.status, 409);
    EXPECT_TRUE(has(response, R"("order_id":")" + kOrder.text()));
    EXPECT_TRUE(has(response, R"("left":1)"));
    reply.refusal = fail(Code::kOutcomeUnknown);
    EXPECT_EQ(place_response(request(), reply).status, 503);
}

TEST(SaleJson, ShowsThePublicACoarseStock) {
    Sale sale;
    sale.total = 100;
    for (const auto& [available, word] :
         {std::pair{0, "sold_out"}, {2, "almost_gone"}, {3, "few_left"}, {10, "few_left"}, {11, "plenty"}}) {
        sale.available = available;
        EXPECT_EQ(to_string(stock_level(sale)), word);
    }
    const std::string json = sale_json(sale, wall_from_ms(0), Audience::kPublic);
    EXPECT_EQ(json.find("\"available\""), std::string::npos);
    EXPECT_NE(json.find(R"("stock":"plenty")"), std::string::npos);
    EXPECT_NE(
        sale_json(sale, wall_from_ms(0), Audience::kOperator).find(R"("available":11)"),
        std::string::npos
    );
}

}  // namespace
}  // namespace sluice::http
