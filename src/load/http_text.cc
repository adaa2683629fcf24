#include "load/http_text.h"

#include <array>
#include <charconv>

namespace sluice::load {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_name(std::string_view left, std::string_view right) {
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (lower(left[i]) != lower(right[i])) return false;
    }
    return true;
}

constexpr std::size_t kStatusLineMin = 12;  // "HTTP/1.1 200"

}  // namespace

void append_request(
    std::string& out, std::string_view method, std::string_view path, std::string_view host,
    std::string_view headers, std::string_view body
) {
    out.reserve(out.size() + 64 + path.size() + host.size() + headers.size() + body.size());
    out.append(method)
        .append(" ")
        .append(path)
        .append(" HTTP/1.1\r\nHost: ")
        .append(host)
        .append("\r\n");
    out.append(headers);
    if (!body.empty() || method == "POST") {
        std::array<char, 24> digits{};
        const auto end =
            std::to_chars(digits.data(), digits.data() + digits.size(), body.size()).ptr;
        out.append("Content-Type: application/json\r\nContent-Length: ");
        out.append(digits.data(), end).append("\r\n");
    }
    out.append("\r\n").append(body);
}

std::string_view header_of(std::string_view head, std::string_view name) {
    std::size_t line = head.find("\r\n");
    while (line != std::string_view::npos && line + 2 < head.size()) {
        const std::size_t begin = line + 2;
        const std::size_t end = std::min(head.find("\r\n", begin), head.size());
        const std::size_t colon = head.find(':', begin);
        if (colon < end && same_name(head.substr(begin, colon - begin), name)) {
            std::string_view value = head.substr(colon + 1, end - colon - 1);
            while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
            while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
            return value;
        }
        line = end;
    }
    return {};
}

Read read_answer(std::string_view received, Answer& answer, std::size_t& length) {
    const std::size_t end = received.find("\r\n\r\n");
    if (end == std::string_view::npos) return Read::kMore;
    if (end < kStatusLineMin || !received.starts_with("HTTP/1.")) return Read::kBroken;
    int status = 0;
    const char* digits = received.data() + 9;
    if (std::from_chars(digits, digits + 3, status).ptr != digits + 3) return Read::kBroken;
    answer.status = status;
    answer.head = received.substr(0, end + 2);
    const std::string_view content_length = header_of(answer.head, "Content-Length");
    std::size_t body = 0;
    const char* last = content_length.data() + content_length.size();
    if (content_length.empty()) {
        if (status != 204 && status != 304)
            return Read::kBroken;  // bodies of unknown length are not spoken here
    } else if (std::from_chars(content_length.data(), last, body).ptr != last) {
        return Read::kBroken;
    }
    length = end + 4 + body;
    if (received.size() < length) return Read::kMore;
    answer.body = received.substr(end + 4, body);
    answer.close = same_name(header_of(answer.head, "Connection"), "close");
    return Read::kDone;
}

std::string_view text_member(std::string_view json, std::string_view name) {
    std::size_t at = 0;
    while ((at = json.find(name, at)) != std::string_view::npos) {
        std::size_t next = at + name.size();
        const bool quoted =
            at > 0 && json[at - 1] == '"' && next < json.size() && json[next] == '"';
        at = next;
        if (!quoted) continue;
        ++next;
        while (next < json.size() && (json[next] == ' ' || json[next] == ':')) ++next;
        if (next >= json.size() || json[next] != '"') continue;
        const std::size_t end = json.find('"', next + 1);
        return end == std::string_view::npos ? std::string_view{}
                                             : json.substr(next + 1, end - next - 1);
    }
    return {};
}

}  // namespace sluice::load
