#include "adapters/http/request_parser.h"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

// "done <body>", "more", "incomplete head", or the error.
std::string parse(std::string_view text, Request& request) {
    const Limits limits;
    RequestParser parser{limits, request};
    const std::size_t length = RequestParser::head_length(text, 0);
    if (length == 0) return "incomplete head";
    auto status = parser.parse_head(text.substr(0, length));
    std::string_view rest = text.substr(length);
    while (status == RequestParser::Status::kNeedMore && !rest.empty()) {
        std::size_t used = 0;
        status = parser.parse_body(rest, used);
        rest.remove_prefix(used);
        if (used == 0) break;
    }
    if (status == RequestParser::Status::kFailed) return to_string(parser.error());
    if (status == RequestParser::Status::kNeedMore) return "more";
    return "done " + request.body + (rest.empty() ? "" : " + " + std::string{rest});
}

std::string parse(std::string_view text) {
    Request request;
    return parse(text, request);
}

const std::string kHost = "Host: a\r\n";
const std::string kPost = "POST /x HTTP/1.1\r\n" + kHost;

TEST(RequestParser, ReadsARequestLineAndFields) {
    Request request;
    const std::string text =
        "POST /v1/sales/7?a=b&c HTTP/1.1\r\nHost: a\r\nX-Y:  z \r\nContent-Length: 2\r\n\r\nhi";
    EXPECT_EQ(parse(text, request), "done hi");
    EXPECT_EQ(request.method, Method::kPost);
    EXPECT_EQ(request.path, "/v1/sales/7");
    EXPECT_EQ(request.query, "a=b&c");
    EXPECT_EQ(request.header("x-y"), "z");
}

TEST(RequestParser, LeavesThePipelinedRequestAlone) {
    EXPECT_EQ(parse(kPost + "Content-Length: 2\r\n\r\nhiGET /"), "done hi + GET /");
    EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2"), "done  + GET /2");
}

TEST(RequestParser, AcceptsTheAbsoluteForm) {
    Request request;
    EXPECT_EQ(parse("GET http://a/b?c HTTP/1.1\r\nHost: a\r\n\r\n", request), "done ");
    EXPECT_EQ(request.path, "/b");
    EXPECT_EQ(request.query, "c");
}

TEST(RequestParser, JoinsChunks) {
    const std::string head = kPost + "Transfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(parse(head + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"), "done abcde");
    EXPECT_EQ(parse(head + "3\r\nab"), "more");
}

TEST(RequestParser, IgnoresTrailers) {
    Request request;
    const std::string head = kPost + "Transfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(parse(head + "1\r\na\r\n0\r\nAuthorization: Bearer x\r\n\r\n", request), "done a");
    EXPECT_FALSE(request.header("authorization"));
}

TEST(RequestParser, RefusesWhatTwoParsersCouldReadDifferently) {
    for (const std::string& fields : {
             std::string{"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"},
             std::string{"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n"},
             std::string{"Content-Length: 2\r\nContent-Length: 2\r\n"},
             std::string{"Content-Length: 2\r\nContent-Length: 3\r\n"},
             std::string{"Content-Length: 2, 2\r\n"},
             std::string{"Content-Length: +2\r\n"},
             std::string{"Content-Length: -2\r\n"},
             std::string{"Content-Length: 0x2\r\n"},
             std::string{"Content-Length:\r\n"},
             std::string{"Content-Length : 2\r\n"},
             std::string{" Content-Length: 2\r\n"},
             std::string{"Content-Length: 99999999999999999999\r\n"},
             std::string{"Transfer-Encoding: gzip\r\n"},
             std::string{"Transfer-Encoding: gzip, chunked\r\n"},
             std::string{"Transfer-Encoding: chunked, chunked\r\n"},
             std::string{"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"},
             std::string{"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"},
             std::string{"Transfer-Encoding: xchunked\r\n"},
             std::string{"Transfer-Encoding: \x0b"
                         "chunked\r\n"},
             std::string{"X: a\r\n b\r\n"},
             std::string{"X:\r\n\tb\r\n"},
             std::string{"X: a\nContent-Length: 2\r\n"},
             std::string{"X: a\rContent-Length: 2\r\n"},
             std::string{"X\0: a\r\n", 7},
             std::string{"X: \0\r\n", 6},
             std::string{": a\r\n"},
             std::string{"Host: b\r\n"},
         }) {
        EXPECT_TRUE(parse(kPost + fields + "\r\nhi").starts_with("bad_request"))
            << fields << parse(kPost + fields + "\r\nhi");
    }
}

TEST(RequestParser, RefusesBadRequestLines) {
    for (const std::string& line : {
             std::string{"GET  / HTTP/1.1"},
             std::string{"GET / HTTP/1.1 "},
             std::string{"GET /"},
             std::string{"GET / HTTP/2.0"},
             std::string{"GET / HTTP/1.10"},
             std::string{"GET / http/1.1"},
             std::string{"G\tT / HTTP/1.1"},
             std::string{"GET * HTTP/1.1"},
             std::string{"GET a HTTP/1.1"},
             std::string{"CONNECT a:80 HTTP/1.1"},
             std::string{"GET /\x7f HTTP/1.1"},
             std::string{"GET /\xe9 HTTP/1.1"},
             std::string{"GET http://a HTTP/1.1"},
             std::string{"\x16\x03\x01"},
         }) {
        EXPECT_TRUE(parse(line + "\r\n" + kHost + "\r\n").starts_with("bad_request")) << line;
    }
}

TEST(RequestParser, NeedsExactlyOneHost) {
    EXPECT_TRUE(parse("GET / HTTP/1.1\r\n\r\n").starts_with("bad_request"));
    EXPECT_EQ(parse("GET / HTTP/1.0\r\n\r\n"), "done ");
}

TEST(RequestParser, RefusesBadChunks) {
    const std::string head = kPost + "Transfer-Encoding: chunked\r\n\r\n";
    for (const std::string& body : {
             std::string{"x\r\n"},
             std::string{"-1\r\n"},
             std::string{"0x1\r\na\r\n0\r\n\r\n"},
             std::string{" 1\r\na\r\n"},
             std::string{"1\r\nab\r\n0\r\n\r\n"},
             std::string{"\r\n0\r\n\r\n"},
             std::string{"fffffffffffffffff\r\n"},
             std::string{"1\r\nax\r\n0\r\n\r\n"},
             std::string{"1 \r\na\r\n0\r\n\r\n"},
         }) {
        EXPECT_TRUE(parse(head + body).starts_with("bad_request"))
            << body << ": " << parse(head + body);
    }
    EXPECT_EQ(parse(head + "1\na\n0\n\n"), "more");  // a bare LF ends nothing
    EXPECT_TRUE(
        parse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").starts_with("bad_request")
    );
}

TEST(RequestParser, BoundsTheBody) {
    EXPECT_TRUE(parse(kPost + "Content-Length: 16385\r\n\r\n").starts_with("body_too_large"));
    EXPECT_EQ(parse(kPost + "Content-Length: 16384\r\n\r\n"), "more");
    const std::string chunk = "1000\r\n" + std::string(4096, 'a') + "\r\n";
    const std::string head = kPost + "Transfer-Encoding: chunked\r\n\r\n";
    EXPECT_TRUE(
        parse(head + chunk + chunk + chunk + chunk + "1\r\na\r\n").starts_with("body_too_large")
    );
}

}  // namespace
}  // namespace sluice::http
