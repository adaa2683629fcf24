// Both interfaces, end to end: requests over sockets, real use cases, memory gate, SQLite.

#include <gtest/gtest.h>

#include "http/api_server.h"

namespace sluice::http {
namespace {

const std::string kOne = R"({"quantity":1})";

TEST(PublicApi, SellsFromTheOrderToThePayment) {
    ApiServer server;
    const std::string orders = "POST /v1/sales/" + server.open_sale(5, 2) + "/orders";
    const Answer placed = server.buyer("ann", orders, kOne, "Idempotency-Key: k1\r\n");
    ASSERT_EQ(placed.status, 202) << placed.body;
    const std::string id = field(placed.body, "order_id");
    EXPECT_TRUE(placed.has("Location: /v1/orders/" + id));
    EXPECT_EQ(field(placed.body, "state"), "held");

    const Answer settled = server.buyer("ann", "GET /v1/orders/" + id + "?wait=20s");
    EXPECT_EQ(field(settled.body, "state"), "awaiting_payment") << settled.body;
    EXPECT_EQ(field(settled.body, "amount_minor"), "19900");

    const Answer replay = server.buyer("ann", orders, kOne, "Idempotency-Key: \"k1\"\r\n");
    EXPECT_EQ(replay.status, 200);
    EXPECT_EQ(field(replay.body, "order_id"), id);
    EXPECT_TRUE(replay.has("Idempotency-Replayed: true\r\n"));
    EXPECT_EQ(
        server.buyer("ann", orders, R"({"quantity":2})", "Idempotency-Key: k1\r\n").status, 422
    );

    EXPECT_EQ(server.buyer("ann", "POST /v1/orders/" + id + "/payment-session").status, 200);
    const std::string note =
        R"({"payment_id":"p1","order_id":")" + id + R"(","amount_minor":19900,"currency":"CNY"})";
    const std::string path = "/v1/payments/notifications";
    EXPECT_EQ(server.raw(post(path, note)).status, 401);
    const Answer paid = server.raw(post(path, note, server.signature_fields(note)));
    EXPECT_EQ(paid.status, 200);
    EXPECT_EQ(field(paid.body, "state"), "applied") << paid.body;
    EXPECT_EQ(
        field(server.raw(post(path, note, server.signature_fields(note))).body, "repeated"), "true"
    );
    EXPECT_EQ(field(server.buyer("ann", "GET /v1/orders/" + id).body, "state"), "paid");
    EXPECT_EQ(server.buyer("ann", "POST /v1/orders/" + id + "/cancel").status, 409);
    EXPECT_TRUE(server.buyer("ann", "GET /v1/orders").has(id));
    EXPECT_FALSE(server.buyer("bob", "GET /v1/orders").has(id));
}

TEST(PublicApi, RefusesWhatTheSaleDoesNotAllow) {
    ApiServer server;
    const std::string orders = "POST /v1/sales/" + server.open_sale(2, 2) + "/orders";
    EXPECT_EQ(server.buyer("ann", orders, R"({"quantity":2})").status, 202);
    const Answer over = server.buyer("ann", orders, kOne);
    EXPECT_EQ(over.status, 409);
    EXPECT_EQ(field(over.body, "code"), "limit_reached");
    EXPECT_FALSE(field(over.body, "order_id").empty());
    EXPECT_EQ(field(server.buyer("bob", orders, kOne).body, "code"), "sold_out");
    EXPECT_EQ(server.buyer("bob", "POST /v1/sales/99/orders", kOne).status, 404);
}

TEST(PublicApi, JudgesRequestsBeforeOrders) {
    ApiServer server;
    const std::string path = "/v1/sales/" + server.open_sale(5, 5) + "/orders";
    const std::string line = "POST " + path;
    EXPECT_EQ(server.raw(post(path, kOne)).status, 401);
    EXPECT_EQ(server.raw(post(path, kOne, "Authorization: Bearer slb1.x.1.y\r\n")).status, 401);
    EXPECT_EQ(server.buyer("ann", line, R"({"quantity":1.0})").status, 422);
    EXPECT_EQ(server.buyer("ann", line, R"({"quantity":0})").status, 422);
    EXPECT_EQ(server.buyer("ann", line, R"({"quantity":1,"qty":1})").status, 422);
    EXPECT_EQ(server.buyer("ann", line, "{").status, 400);
    EXPECT_EQ(server.buyer("ann", line, kOne, "Idempotency-Key: \"open\r\n").status, 400);
    EXPECT_EQ(
        server.buyer("ann", line, kOne, "Idempotency-Key: a\r\nIdempotency-Key: b\r\n").status, 400
    );
    EXPECT_EQ(server.buyer("ann", "GET /v1/orders/" + std::string(36, '0')).status, 404);
    EXPECT_EQ(server.buyer("ann", "GET /v1/orders?limit=0").status, 422);
    const std::string text =
        "POST " + path +
        " HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n";
    EXPECT_EQ(server.raw(text + server.buyer_fields("ann") + "\r\n{}").status, 415);
}

TEST(PublicApi, HidesOrdersOfOthers) {
    ApiServer server;
    const std::string sale = server.open_sale(5, 5);
    const std::string id =
        field(server.buyer("ann", "POST /v1/sales/" + sale + "/orders", kOne).body, "order_id");
    server.buyer("ann", "GET /v1/orders/" + id + "?wait=20s");
    EXPECT_EQ(server.buyer("bob", "GET /v1/orders/" + id).status, 404);
    EXPECT_EQ(server.buyer("bob", "POST /v1/orders/" + id + "/cancel").status, 404);
    const Answer cancelled = server.buyer("ann", "POST /v1/orders/" + id + "/cancel");
    EXPECT_EQ(field(cancelled.body, "state"), "cancelled") << cancelled.body;
    EXPECT_EQ(field(cancelled.body, "reason"), "buyer_cancelled");
}

TEST(PublicApi, AnswersDirectSalesAtOnce) {
    ApiServer server;
    const std::string orders = "POST /v1/sales/" + server.open_sale(1, 1, "direct") + "/orders";
    const Answer placed = server.buyer("ann", orders, kOne, "Idempotency-Key: k\r\n");
    EXPECT_EQ(placed.status, 201) << placed.body;
    EXPECT_EQ(field(placed.body, "state"), "awaiting_payment");
    EXPECT_EQ(server.buyer("ann", orders, kOne, "Idempotency-Key: k\r\n").status, 200);
    EXPECT_EQ(field(server.buyer("bob", orders, kOne).body, "code"), "sold_out");
}

TEST(PublicApi, ShowsTheCatalogue) {
    ApiServer server;
    const std::string sale = server.open_sale(5, 5);
    const Answer one = server.raw(get("/v1/sales/" + sale));
    EXPECT_EQ(field(one.body, "stock"), "plenty") << one.body;
    EXPECT_FALSE(one.has("available"));
    EXPECT_TRUE(server.raw(get("/v1/sales?state=live")).has("\"sale_id\":" + sale));
    EXPECT_EQ(server.raw(get("/v1/sales?state=lively")).status, 422);
    EXPECT_EQ(
        field(server.raw(get("/v1/goods/" + field(one.body, "goods_id"))).body, "title"), "Pan"
    );
    EXPECT_EQ(field(server.raw(get("/v1/shops")).body, "name"), "Corner");
    EXPECT_EQ(server.raw(get("/v1/shops/999")).status, 404);
    EXPECT_EQ(server.raw(get("/livez")).status, 200);
}

TEST(AdminApi, ChecksTokensAndRoles) {
    ApiServer server;
    EXPECT_EQ(server.admin("GET /v1/sales", "", "guess").status, 401);
    EXPECT_EQ(server.admin("GET /v1/sales", "", "viewer-token").status, 200);
    EXPECT_EQ(server.admin("POST /v1/shops", R"({"name":"x"})", "viewer-token").status, 403);
}

TEST(AdminApi, RunsASale) {
    ApiServer server;
    const std::string sale = server.open_sale(5, 5);
    const std::string path = "/v1/sales/" + sale;
    EXPECT_EQ(server.admin("POST " + path + "/pause", "{}").status, 422);
    EXPECT_EQ(
        field(server.admin("POST " + path + "/pause", R"({"reason":"r"})").body, "state"), "paused"
    );
    EXPECT_EQ(
        field(server.admin("POST " + path + "/resume", R"({"reason":"r"})").body, "state"), "open"
    );
    EXPECT_EQ(
        field(server.admin("POST " + path + "/stock", R"({"units":3,"reason":"r"})").body, "total"),
        "8"
    );
    EXPECT_EQ(
        field(server.admin("POST " + path + "/close", R"({"reason":"r"})").body, "state"), "closed"
    );
    EXPECT_EQ(server.admin("POST " + path + "/open", R"({"reason":"r"})").status, 409);
    const Answer one = server.admin("GET " + path);
    EXPECT_TRUE(one.has(R"("stock":{"total":8,"available":8)")) << one.body;
    EXPECT_TRUE(server.admin("GET /v1/sales?state=closed").has("\"sale_id\":" + sale));
    EXPECT_EQ(server.admin("GET /v1/sales/99").status, 404);
}

TEST(AdminApi, WarmsThePagesOfASale) {
    ApiServer server;
    const std::string sale = server.open_sale(5, 1);
    const auto warmed = server.admin("POST /v1/sales/" + sale + "/warm");
    EXPECT_EQ(warmed.status, 200) << warmed.body;
    EXPECT_EQ(field(warmed.body, "pages"), "5");
    EXPECT_EQ(server.admin("POST /v1/sales/99/warm").status, 404);
    EXPECT_EQ(server.admin("POST /v1/sales/x/warm").status, 404);
    EXPECT_EQ(server.admin("POST /v1/sales/" + sale + "/warm", {}, "viewer-token").status, 403);
}

TEST(AdminApi, RefusesImpossibleSales) {
    ApiServer server;
    const Answer answer = server.admin(
        "POST /v1/sales",
        R"({"goods_id":1,"units":0,"mode":"fast","opens_at":"2026-01-02T00:00:00Z",)"
        R"("closes_at":"2026-01-01T00:00:00Z"})"
    );
    EXPECT_EQ(answer.status, 422);
    for (const char* name : {"goods_id", "units", "mode", "closes_at"}) {
        EXPECT_TRUE(answer.has(std::string{R"("field":")"} + name)) << name << answer.body;
    }
}

TEST(AdminApi, FindsOrdersAndChecksTheBooks) {
    ApiServer server;
    const std::string sale = server.open_sale(5, 5);
    const std::string id =
        field(server.buyer("ann b", "POST /v1/sales/" + sale + "/orders", kOne).body, "order_id");
    server.buyer("ann b", "GET /v1/orders/" + id + "?wait=20s");
    EXPECT_TRUE(server.admin("GET /v1/orders?buyer_id=ann+b&sale_id=" + sale).has(id));
    EXPECT_FALSE(server.admin("GET /v1/orders?state=paid").has(id));
    EXPECT_EQ(server.admin("GET /v1/orders?state=bought").status, 422);
    EXPECT_TRUE(server.admin("GET /v1/orders/" + id).has(R"("deferred":null)"));
    EXPECT_TRUE(server.admin("GET /v1/dead-letters?kind=order&state=buried").has(R"("orders":[])"));
    EXPECT_EQ(server.admin("GET /v1/dead-letters/orders/" + id).status, 404);
    EXPECT_EQ(
        server.admin("POST /v1/dead-letters/orders/" + id + "/discard", R"({"reason":"r"})").status,
        409
    );
    EXPECT_EQ(server.admin("GET /v1/dead-letters/work/expiry/" + id).status, 404);
    const Answer reconciled = server.admin("POST /v1/reconcile", R"({"fix":false})");
    EXPECT_EQ(field(reconciled.body, "sales_examined"), "1") << reconciled.body;
    EXPECT_TRUE(server.admin("POST /v1/audit", "{}").has(R"("laws":[)"));
    EXPECT_TRUE(server.admin("GET /metrics").has("sluice_http_request_duration_seconds_bucket"));
    EXPECT_EQ(server.admin("GET /healthz").status, 200);
    const Answer cancelled =
        server.admin("POST /v1/orders/" + id + "/cancel", R"({"reason":"asked by phone"})");
    EXPECT_EQ(field(cancelled.body, "buyer_id"), "ann b") << cancelled.body;
}

// The id of a settled order of ann's.
std::string settled_order(ApiServer& server) {
    const std::string orders = "POST /v1/sales/" + server.open_sale(5, 5) + "/orders";
    const std::string id = field(server.buyer("ann", orders, kOne).body, "order_id");
    server.buyer("ann", "GET /v1/orders/" + id + "?wait=20s");
    return id;
}

TEST(PublicApi, StreamsStatesUntilTheOrderIsFinal) {
    ApiServer server;
    const std::string id = settled_order(server);
    const auto client = server.connect();
    client->send(get("/v1/orders/" + id + "/events", server.buyer_fields("ann")));
    EXPECT_TRUE(client->read(true).has("Content-Type: text/event-stream\r\n"));
    EXPECT_EQ(server.buyer("ann", "POST /v1/orders/" + id + "/cancel").status, 200);
    const std::string events = client->read_to_end();
    const std::size_t first = events.find(R"("state":"awaiting_payment")");
    const std::size_t last = events.find(R"("state":"cancelled")");
    EXPECT_NE(first, std::string::npos) << events;
    EXPECT_NE(last, std::string::npos) << events;
    EXPECT_LT(first, last);
    EXPECT_TRUE(events.ends_with("0\r\n\r\n")) << "ended whole, not torn";
    EXPECT_EQ(server.buyer("bob", "GET /v1/orders/" + id + "/events").status, 404);
    EXPECT_EQ(server.raw(get("/v1/orders/" + id + "/events")).status, 401);
}

TEST(PublicApi, EndsStreamsWhenItDrains) {
    ApiServer server;
    const std::string id = settled_order(server);
    const auto client = server.connect();
    client->send(get("/v1/orders/" + id + "/events", server.buyer_fields("ann")));
    EXPECT_EQ(client->read(true).status, 200);
    server.drain();
    const std::string events = client->read_to_end();  // would last a minute
    EXPECT_NE(events.find("awaiting_payment"), std::string::npos);
    EXPECT_TRUE(events.ends_with("0\r\n\r\n"));
}

TEST(PublicApi, APaymentSessionExtendsTheDeadlineOfItsBuyerOnly) {
    ApiServer server;
    const std::string id = settled_order(server);
    const std::string before = field(server.buyer("ann", "GET /v1/orders/" + id).body, "deadline_at");
    const std::string session = "POST /v1/orders/" + id + "/payment-session";
    EXPECT_EQ(server.buyer("bob", session).status, 404);
    const Answer opened = server.buyer("ann", session);
    EXPECT_EQ(opened.status, 200);
    EXPECT_GE(field(opened.body, "deadline_at"), before) << "never earlier";
    server.buyer("ann", "POST /v1/orders/" + id + "/cancel");
    EXPECT_EQ(field(server.buyer("ann", session).body, "code"), "too_late");
}

TEST(Problems, TheTypeOfEveryCodeIsAPageOfBothListeners) {
    ApiServer server;
    for (const std::string_view wire : {
#define SLUICE_CODE(name, wire, retry, status, text) std::string_view{wire},
#include "base/errors.def"
#undef SLUICE_CODE
         }) {
        const std::string path = "/problems/" + std::string{wire};
        const Answer page = server.raw(get(path));
        EXPECT_EQ(page.status, 200) << path;
        EXPECT_TRUE(page.has("Content-Type: text/html")) << path;
        EXPECT_EQ(server.admin("GET " + path, "", "no token").status, 200) << path;
    }
    EXPECT_EQ(server.raw(get("/problems/nonsense")).status, 404);
}

}  // namespace
}  // namespace sluice::http
