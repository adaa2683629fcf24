#include "adapters/http/etag.h"

#include <cstdint>

namespace sluice::http {
namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string_view without_weakness(std::string_view tag) {
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    return tag;
}

// The field may be repeated, and lists tags; none of ours contains a comma.
bool names_tag(const Request& request, std::string_view tag) {
    for (const HeaderField& field : request.headers) {
        if (!equal_ignoring_case(field.name, "If-None-Match")) continue;
        std::string_view rest = field.value;
        while (!rest.empty()) {
            const std::string_view item = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(rest.size(), item.size() + 1));
            const std::string_view known = trimmed(item);
            if (known == "*" || without_weakness(known) == without_weakness(tag)) return true;
        }
    }
    return false;
}

}  // namespace

std::string entity_tag(std::string_view content) {
    // FNV-1a (draft-eastlake-fnv): tells versions of one page apart, and is no secret.
    std::uint64_t hash = 14'695'981'039'346'656'037ULL;
    for (const char c : content) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1'099'511'628'211ULL;
    }
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string tag = "W/\"";
    for (int shift = 60; shift >= 0; shift -= 4)
        tag += kHex[(hash >> static_cast<unsigned>(shift)) & 0xfU];
    return tag += '"';
}

Response tagged_response(const Request& request, std::string tag, std::string body) {
    const bool known = names_tag(request, tag);
    Response response = json_response(known ? 304 : 200, known ? std::string{} : std::move(body));
    response.cache_control = "no-cache";  // keep it, and ask whether it still holds
    response.set("ETag", tag);
    if (known) response.content_type = "";
    return response;
}

}  // namespace sluice::http
