#include "adapters/http/response.h"

#include <array>
#include <charconv>

namespace sluice::http {
namespace {

std::string_view status_line(int status) {
    switch (status) {
        case 200:
            return "HTTP/1.1 200 OK\r\n";
        case 201:
            return "HTTP/1.1 201 Created\r\n";
        case 202:
            return "HTTP/1.1 202 Accepted\r\n";
        case 204:
            return "HTTP/1.1 204 No Content\r\n";
        case 302:
            return "HTTP/1.1 302 Found\r\n";
        case 304:
            return "HTTP/1.1 304 Not Modified\r\n";
        case 400:
            return "HTTP/1.1 400 Bad Request\r\n";
        case 401:
            return "HTTP/1.1 401 Unauthorized\r\n";
        case 403:
            return "HTTP/1.1 403 Forbidden\r\n";
        case 404:
            return "HTTP/1.1 404 Not Found\r\n";
        case 405:
            return "HTTP/1.1 405 Method Not Allowed\r\n";
        case 408:
            return "HTTP/1.1 408 Request Timeout\r\n";
        case 409:
            return "HTTP/1.1 409 Conflict\r\n";
        case 413:
            return "HTTP/1.1 413 Content Too Large\r\n";
        case 415:
            return "HTTP/1.1 415 Unsupported Media Type\r\n";
        case 422:
            return "HTTP/1.1 422 Unprocessable Content\r\n";
        case 429:
            return "HTTP/1.1 429 Too Many Requests\r\n";
        case 431:
            return "HTTP/1.1 431 Request Header Fields Too Large\r\n";
        case 503:
            return "HTTP/1.1 503 Service Unavailable\r\n";
        default:
            return "HTTP/1.1 500 Internal Server Error\r\n";
    }
}

void append_number(std::string& out, std::size_t value, int base = 10) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
    out.append(digits.data(), end);
}

}  // namespace

void Response::set(std::string_view name, std::string_view value) {
    headers.append(name).append(": ");
    for (const char c : value) {
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) headers.push_back(c);
    }
    headers.append("\r\n");
}

Response json_response(int status, std::string body) {
    Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

Response text_response(int status, std::string body) {
    Response response = json_response(status, std::move(body));
    response.content_type = "text/plain; charset=utf-8";
    return response;
}

Response html_response(int status, std::string body) {
    Response response = json_response(status, std::move(body));
    response.content_type = "text/html; charset=utf-8";
    return response;
}

void append_response(std::string& out, const Response& response, const Framing& framing) {
    const bool streams = response.stream != nullptr;
    out.append(status_line(response.status)).append(framing.date_line);
    if (!response.content_type.empty())
        out.append("Content-Type: ").append(response.content_type).append("\r\n");
    if (!response.cache_control.empty())
        out.append("Cache-Control: ").append(response.cache_control).append("\r\n");
    out.append(response.headers);
    if (streams && framing.chunked) {
        out.append("Transfer-Encoding: chunked\r\n");
    } else if (!streams && response.status != 204 && response.status != 304) {
        out.append("Content-Length: ");
        append_number(out, response.body.size());
        out.append("\r\n");
    }
    if (streams || !framing.keep_alive) out.append("Connection: close\r\n");
    out.append("\r\n");
    if (framing.with_body && !streams) out.append(response.body);
}

void append_chunk(std::string& out, std::string_view piece) {
    if (piece.empty()) return;  // an empty chunk would end the body
    append_number(out, piece.size(), 16);
    out.append("\r\n").append(piece).append("\r\n");
}

}  // namespace sluice::http
