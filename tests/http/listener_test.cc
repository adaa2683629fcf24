#include "adapters/http/listener.h"

#include <gtest/gtest.h>

#include "adapters/http/problem.h"
#include "async/suspend.h"
#include "http/http_server.h"

namespace sluice::http {
namespace {

// What the stub handlers share with the test; touched on the server's thread only, except
// `entered`.
struct Stubs {
    std::atomic<int> entered{0};
    std::vector<Resume<Done>> waiting;

    void release() {
        for (auto& resume : std::exchange(waiting, {})) resume(Done{});
    }
};

Task<Response> echo(const Request& request) {
    Response response = text_response(200, request.body);
    response.set("X-Path", request.path);
    co_return response;
}

Task<Response> item(const Request& request) {
    co_return text_response(200, request.path_values[0]);
}

Task<Response> explode(const Request&) {
    throw std::runtime_error{"secret detail"};
    co_return Response{};
}

Task<Response> block(Stubs& stubs) {
    auto start = [&stubs](Resume<Done> resume) {
        stubs.waiting.push_back(std::move(resume));
        ++stubs.entered;
    };
    co_await suspend<Done>(std::move(start));
    co_return text_response(200, "released");
}

Task<void> count_to_three(Stream& out) {
    for (int i = 1; i <= 3; ++i) {
        if (!co_await out.write(std::to_string(i) + "\n")) co_return;
    }
}

Task<Response> streamed(const Request&) {
    Response response = text_response(200, "");
    response.stream = count_to_three;
    co_return response;
}

Task<Response> large(const Request&) { co_return text_response(200, std::string(8'000'000, 'x')); }

Router stub_router(Stubs& stubs) {
    Router router;
    router.add(Method::kPost, "/echo", echo);
    router.add(Method::kGet, "/echo", echo);
    router.add(Method::kGet, "/items/{id}", item);
    router.add(Method::kGet, "/explode", explode);
    router.add(Method::kGet, "/stream", streamed);
    router.add(Method::kGet, "/large", large);
    router.add(Method::kGet, "/block", [&stubs](const Request&) { return block(stubs); });
    router.add(Method::kGet, "/problems/{code}", problem_page());
    return router;
}

class HttpListenerTest : public ::testing::Test {
protected:
    void start(Limits limits = TestServer::quick()) { server.emplace(stub_router(stubs), limits); }
    // When it returns, every connection whose answer the test has seen waits for its next request:
    // time may move.
    void settle() {
        server->on_thread([](HttpListener&) {});
    }
    void wait_entered(int count) {
        while (stubs.entered.load() < count) std::this_thread::yield();
    }
    void wait_connections(std::int64_t count) {
        while (server->stats().connections() != count) std::this_thread::yield();
    }

    Stubs stubs;
    std::optional<TestServer> server;
};

TEST_F(HttpListenerTest, AnswersOnAKeptConnection) {
    start();
    TestClient client{server->port()};
    for (int i = 0; i < 5; ++i) {
        const Answer answer = client.ask(post("/echo", "{}" + std::to_string(i)));
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, "{}" + std::to_string(i));
        EXPECT_TRUE(answer.has("Date: Fri, 15 Jan 2027 08:00:00 GMT\r\n"));
    }
}

TEST_F(HttpListenerTest, AnswersPipelinedRequestsInOrder) {
    start();
    TestClient client{server->port()};
    std::string all;
    for (int i = 0; i < 100; ++i) all += post("/echo", std::to_string(i));
    client.send(all);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(client.read().body, std::to_string(i));
}

TEST_F(HttpListenerTest, ReadsARequestThatComesByteByByte) {
    start();
    TestClient client{server->port()};
    for (const char c : "\r\n" + post("/echo", "hello", "Connection: close\r\n"))
        client.send(std::string(1, c));
    EXPECT_EQ(client.read().body, "hello");
    EXPECT_TRUE(client.is_closed());
}

TEST_F(HttpListenerTest, ReadsChunkedBodies) {
    start();
    TestClient client{server->port()};
    const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(client.ask(head + "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n").body, "abc");
    EXPECT_EQ(client.ask(get("/items/7")).body, "7");
}

TEST_F(HttpListenerTest, AnswersHeadWithoutABody) {
    start();
    TestClient client{server->port()};
    client.send("HEAD /items/abc HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(client.read(true).has("Content-Length: 3\r\n"));
    EXPECT_EQ(client.ask(get("/items/%61%2Fb")).body, "a/b");  // nothing was left behind
}

TEST_F(HttpListenerTest, SaysContinueWhenAsked) {
    start();
    TestClient client{server->port()};
    client.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    );
    EXPECT_EQ(client.read().status, 100);
    EXPECT_EQ(client.ask("hi").body, "hi");
}

TEST_F(HttpListenerTest, RefusesWithProblems) {
    start();
    TestClient client{server->port()};
    const Answer missing = client.ask(get("/nowhere?x=1"));
    EXPECT_EQ(missing.status, 404);
    EXPECT_TRUE(missing.has("Content-Type: application/problem+json\r\n"));
    EXPECT_TRUE(missing.has(R"("type":"/problems/not_found")"));
    EXPECT_TRUE(missing.has(R"("instance":"/nowhere")"));
    EXPECT_TRUE(missing.has(R"("request_id":")"));
    const Answer method = client.ask("DELETE /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(method.status, 405);
    EXPECT_TRUE(method.has("Allow: POST, GET, HEAD\r\n"));
    EXPECT_EQ(client.ask(get("/items/%zz")).status, 400);
    EXPECT_TRUE(client.ask(get("/problems/sold_out")).has("sold_out"));
    EXPECT_EQ(client.ask(get("/problems/nothing")).status, 404);
}

TEST_F(HttpListenerTest, ClosesAfterWhatItCannotParse) {
    start();
    for (const std::string& request : {
             std::string{"\x16\x03\x01\x02\r\n\r\n"},
             std::string{"GET / HTTP/1.1\r\n\r\n"},
             "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: "
             "chunked\r\n\r\n0\r\n\r\n" +
                 get("/smuggled"),
             "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 9\r\n\r\n" +
                 get("/smuggled"),
             std::string{
                 "POST /echo HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\nContent-Length: 0\r\n\r\n"},
             std::string{
                 "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"},
         }) {
        TestClient client{server->port()};
        const Answer answer = client.ask(request);
        EXPECT_EQ(answer.status, 400) << request;
        EXPECT_TRUE(answer.has("Connection: close\r\n"));
        EXPECT_TRUE(client.is_closed())
            << request;  // nothing more is answered: no second request was seen
    }
}

TEST_F(HttpListenerTest, BoundsHeadAndBody) {
    start();
    TestClient head{server->port()};
    EXPECT_EQ(head.ask(get("/echo", "X: " + std::string(9'000, 'a') + "\r\n")).status, 431);
    EXPECT_TRUE(head.is_closed());
    TestClient endless{server->port()};
    EXPECT_EQ(endless.ask("GET /echo HTTP/1.1\r\nX: " + std::string(20'000, 'a')).status, 431);
    TestClient body{server->port()};
    EXPECT_EQ(body.ask(post("/echo", std::string(20'000, 'a'))).status, 413);
    TestClient fits{server->port()};
    EXPECT_EQ(fits.ask(post("/echo", std::string(16'384, 'a'))).body.size(), 16'384U);
}

TEST_F(HttpListenerTest, BoundsChunkHeads) {
    start();
    TestClient client{server->port()};
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;");
    EXPECT_EQ(client.ask(std::string(30'000, 'x')).status, 400);
}

TEST_F(HttpListenerTest, TellsSlowClients408) {
    start();
    TestClient head{server->port()};
    head.send("GET /echo HT");
    TestClient body{server->port()};
    body.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
    wait_connections(2);
    // The server must have seen the first bytes before time moves: it answers another client only
    // afterwards.
    TestClient other{server->port()};
    EXPECT_EQ(other.ask(get("/items/1")).status, 200);
    settle();
    server->clock().advance(Millis{11'000});
    EXPECT_EQ(head.read().status, 408);
    EXPECT_EQ(body.read().status, 408);
    EXPECT_TRUE(head.is_closed());
    EXPECT_TRUE(body.is_closed());
}

TEST_F(HttpListenerTest, ClosesIdleConnectionsWithoutAWord) {
    start();
    TestClient client{server->port()};
    EXPECT_EQ(client.ask(get("/items/1")).status, 200);
    settle();
    server->clock().advance(Millis{16'000});
    EXPECT_EQ(client.read_to_end(), "");
    wait_connections(0);
}

TEST_F(HttpListenerTest, GivesUpOnClientsThatDoNotRead) {
    start();
    TestClient client{server->port()};
    client.send(get("/large"));
    wait_connections(1);
    while (server->stats().connections() != 0) {
        server->clock().advance(Millis{1'000});
        std::this_thread::yield();
    }
}

TEST_F(HttpListenerTest, WritesLargeAnswersWhole) {
    start();
    TestClient client{server->port()};
    EXPECT_EQ(client.ask(get("/large")).body.size(), 8'000'000U);
}

TEST_F(HttpListenerTest, StreamsInChunksAndCloses) {
    start();
    TestClient client{server->port()};
    client.send(get("/stream"));
    const std::string all = client.read_to_end();
    EXPECT_NE(
        all.find("Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"), std::string::npos
    );
    EXPECT_TRUE(all.ends_with("2\r\n1\n\r\n2\r\n2\n\r\n2\r\n3\n\r\n0\r\n\r\n"));
}

TEST_F(HttpListenerTest, StreamsToHttp10ByClosing) {
    start();
    TestClient client{server->port()};
    client.send("GET /stream HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(client.read_to_end().ends_with("\r\n\r\n1\n2\n3\n"));
}

TEST_F(HttpListenerTest, HidesWhatAHandlerThrew) {
    start();
    TestClient client{server->port()};
    const Answer answer = client.ask(get("/explode"));
    EXPECT_EQ(answer.status, 500);
    EXPECT_FALSE(answer.has("secret"));
    EXPECT_TRUE(server->log().contains("secret detail", LogLevel::kError));
    EXPECT_EQ(client.ask(get("/items/1")).status, 200);
}

TEST_F(HttpListenerTest, TurnsAwayConnectionsBeyondItsBounds) {
    Limits limits = TestServer::quick();
    limits.connections_per_address_max = 2;
    start(limits);
    TestClient first{server->port()};
    TestClient second{server->port()};
    EXPECT_EQ(first.ask(get("/items/1")).status, 200);
    EXPECT_EQ(second.ask(get("/items/1")).status, 200);
    TestClient third{server->port()};
    const Answer refused = third.read();
    EXPECT_EQ(refused.status, 503);
    EXPECT_TRUE(refused.has("Retry-After: 1\r\n"));
    EXPECT_EQ(first.ask(get("/items/1")).status, 200);
}

TEST_F(HttpListenerTest, DrainFinishesRequestsAndClosesIdleConnections) {
    start();
    TestClient idle{server->port()};
    EXPECT_EQ(idle.ask(get("/items/1")).status, 200);
    std::optional<TestClient> busy{std::in_place, server->port()};
    busy->send(get("/block"));
    wait_entered(1);
    server->on_thread([](HttpListener& listener) { listener.drain(); });
    EXPECT_TRUE(idle.is_closed());
    server->on_thread([&](HttpListener&) { stubs.release(); });
    const Answer answer = busy->read();
    EXPECT_EQ(answer.body, "released");
    EXPECT_TRUE(answer.has("Connection: close\r\n"));
    EXPECT_TRUE(busy->is_closed());
    busy.reset();
    server->drain();
    EXPECT_EQ(server->stats().connections(), 0);
}

TEST_F(HttpListenerTest, AbortClosesAtOnce) {
    start();
    TestClient client{server->port()};
    EXPECT_EQ(client.ask(get("/items/1")).status, 200);
    server->on_thread([](HttpListener& listener) { listener.abort(); });
    EXPECT_TRUE(client.is_closed());
}

TEST_F(HttpListenerTest, ReportsAPortThatIsTaken) {
    start();
    boost::asio::io_context io{1};
    const Router router;
    ListenOptions options;
    options.port = server->port();
    const ListenerPorts ports{server->clock(), server->log(), server->stats()};
    HttpListener second{io, options, router, Limits{}, ports};
    EXPECT_EQ(second.start().error().code, Code::kUnavailable);
}

TEST_F(HttpListenerTest, CountsByRouteMethodAndStatus) {
    start();
    TestClient client{server->port()};
    client.ask(get("/items/1"));
    client.ask(get("/items/2"));
    client.ask(get("/nowhere"));
    std::string text;
    server->stats().append_prometheus(text);
    const std::string family = "sluice_http_request_duration_seconds_count";
    EXPECT_NE(
        text.find(family + R"({route="/items/{id}",method="GET",status="200"} 2)"),
        std::string::npos
    ) << text;
    EXPECT_NE(
        text.find(family + R"({route="unmatched",method="other",status="404"} 1)"),
        std::string::npos
    ) << text;
    EXPECT_NE(text.find("sluice_http_connections 1\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace sluice::http
