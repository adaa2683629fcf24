#pragma once
// HTTP/1.1 request parsing (RFC 9112) on Boost.Beast's basic_parser, made stricter: whatever two
// parsers could read differently is refused, because a proxy in front might read it the other way
// (request smuggling). Refused are both Content-Length and Transfer-Encoding, either of them twice,
// any coding but "chunked", folded header lines, a missing or repeated Host. No I/O; one parser per
// connection, used again for each request.

#include <memory>
#include <string_view>

#include "adapters/http/limits.h"
#include "adapters/http/request.h"

namespace sluice::http {

class RequestParser {
public:
    enum class Status : std::uint8_t { kDone, kNeedMore, kFailed };

    // The request must outlive the parser.
    RequestParser(const Limits& limits, Request& request);
    ~RequestParser();
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    // Length of the head at the start of `input` with its empty line; 0 when it is not complete.
    // `from` is how many bytes an earlier call has seen already.
    static std::size_t head_length(std::string_view input, std::size_t from);

    // `head` is exactly one head; it must stay where it is until the request is answered.
    // kNeedMore: a body follows.
    Status parse_head(std::string_view head);
    // Takes from `input` what belongs to the body; `used` says how much.
    Status parse_body(std::string_view input, std::size_t& used);

    const Error& error() const { return error_; }  // after kFailed
    bool keep_alive() const;
    bool expects_continue() const;
    bool is_http_1_0() const;

private:
    class Grammar;  // the Beast parser

    const Limits& limits_;
    Request& request_;
    std::unique_ptr<Grammar> grammar_;  // a new one per request, in the same memory
    Error error_;
};

}  // namespace sluice::http
