#pragma once
// What a handler answers. A response is either whole (`body`) or a stream, which writes its body
// piece by piece and ends with the connection.

#include <functional>
#include <string>
#include <string_view>

#include "adapters/http/request.h"
#include "async/task.h"

namespace sluice::http {

class Stream {
public:
    virtual ~Stream() = default;
    // False when the client is gone or too slow: the handler should end.
    virtual Task<bool> write(std::string piece) = 0;
};

struct Response {
    int status = 200;
    std::string_view content_type = "application/json";  // static storage
    std::string_view cache_control = "no-store";         // static storage; empty: no header
    std::string headers;  // further lines, each "Name: value\r\n"; see set()
    std::string body;
    std::function<Task<void>(Stream&)> stream;  // set: `body` is ignored; not called for HEAD

    // Control characters in the value are left out, so that no value can end the line.
    void set(std::string_view name, std::string_view value);
};

// The request outlives the returned task.
using Handler = std::function<Task<Response>(const Request& request)>;

Response json_response(int status, std::string body);
Response text_response(int status, std::string body);
Response html_response(int status, std::string body);

struct Framing {
    std::string_view date_line;  // "Date: …\r\n" or empty
    bool keep_alive = true;
    bool with_body = true;  // false for HEAD: the length is told, the body is not sent
    bool chunked = true;  // of a stream; false for HTTP/1.0: the connection's end is the body's end
};
// Appends the whole response as HTTP/1.1 (RFC 9112); of a stream only its head, after which the
// connection closes.
void append_response(std::string& out, const Response& response, const Framing& framing);
void append_chunk(std::string& out, std::string_view piece);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace sluice::http
