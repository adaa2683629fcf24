#include "adapters/http/router.h"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

Task<Response> nothing(const Request&) { co_return Response{}; }

Router sample() {
    Router router;
    router.add(Method::kPost, "/v1/sales/{id}/orders", nothing);
    router.add(Method::kGet, "/v1/sales", nothing);
    router.add(Method::kPost, "/v1/sales", nothing);
    router.add(Method::kGet, "/v1/sales/{id}", nothing);
    router.add(Method::kGet, "/", nothing);
    return router;
}

std::string found(Method method, std::string_view path) {
    static const Router router = sample();
    const auto match = router.match(method, path);
    if (match.route == nullptr) return match.allow.empty() ? "404" : "405 " + match.allow;
    std::string text = match.route->pattern;
    for (std::size_t i = 0; i < match.values_count; ++i) text += " " + std::string{match.values[i]};
    return text;
}

TEST(Router, FindsRoutesByMethodAndPath) {
    EXPECT_EQ(found(Method::kPost, "/v1/sales/7/orders"), "/v1/sales/{id}/orders 7");
    EXPECT_EQ(found(Method::kGet, "/v1/sales/7"), "/v1/sales/{id} 7");
    EXPECT_EQ(found(Method::kGet, "/v1/sales"), "/v1/sales");
    EXPECT_EQ(found(Method::kGet, "/"), "/");
}

TEST(Router, AnswersHeadByTheGetRoute) {
    EXPECT_EQ(found(Method::kHead, "/v1/sales"), "/v1/sales");
}

TEST(Router, TellsTheAllowedMethods) {
    EXPECT_EQ(found(Method::kDelete, "/v1/sales"), "405 GET, HEAD, POST");
    EXPECT_EQ(found(Method::kGet, "/v1/sales/7/orders"), "405 POST");
    EXPECT_EQ(found(Method::kOther, "/v1/sales/7"), "405 GET, HEAD");
}

TEST(Router, KnowsNoOtherPath) {
    for (const char* path :
         {"/v1", "/v1/", "/v1/sales/", "//v1/sales", "/v1/sales/7/orders/", "/v1/sales//orders",
          "/V1/sales", "/v1/sales/7/orders/x", "/a/b/c/d/e/f/g/h/i/j"}) {
        EXPECT_EQ(found(Method::kGet, path), "404") << path;
    }
}

TEST(Request, DecodesQueryValues) {
    Request request;
    request.query = "a=1&b=x%20y+z&c&bad=%zz&twice=1&twice=2&empty=";
    EXPECT_EQ(**request.query_value("a"), "1");
    EXPECT_EQ(**request.query_value("b"), "x y z");
    EXPECT_EQ(**request.query_value("c"), "");
    EXPECT_EQ(**request.query_value("empty"), "");
    EXPECT_FALSE(request.query_value("d")->has_value());
    EXPECT_EQ(request.query_value("bad").error().code, Code::kBadRequest);
    EXPECT_EQ(request.query_value("twice").error().code, Code::kBadRequest);
}

TEST(Request, FindsHeadersWhateverTheirCase) {
    Request request;
    request.headers = {{"Content-TYPE", "a"}, {"X-Twice", "1"}, {"x-twice", "2"}};
    EXPECT_EQ(request.header("content-type"), "a");
    EXPECT_FALSE(request.header("accept"));
    EXPECT_EQ(request.single_header("x-twice").error().code, Code::kBadRequest);
}

TEST(Response, ValuesCannotEndTheirLine) {
    Response response;
    response.set("Location", "/a\r\nSet-Cookie: x\n");
    EXPECT_EQ(response.headers, "Location: /aSet-Cookie: x\r\n");
}

TEST(Response, HeadTellsTheLengthWithoutTheBody) {
    Framing framing;
    framing.with_body = false;
    std::string out;
    append_response(out, text_response(200, "hello"), framing);
    EXPECT_NE(out.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_TRUE(out.ends_with("\r\n\r\n"));
}

}  // namespace
}  // namespace sluice::http
