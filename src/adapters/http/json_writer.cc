#include "adapters/http/json_writer.h"

#include <array>
#include <charconv>

namespace sluice::http {
namespace {

void append_escaped(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out.push_back('"');
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (c == '\n') {
            out.append("\\n");
        } else if (byte < 0x20 || byte == 0x7f) {
            out.append("\\u00");
            out.push_back(kHex[byte >> 4U]);
            out.push_back(kHex[byte & 0x0fU]);
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

}  // namespace

void JsonObject::key(std::string_view name) {
    if (out_.size() > 1) out_.push_back(',');
    out_.push_back('"');
    out_.append(name).append("\":");
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
    key(name);
    append_escaped(out_, value);
    return *this;
}

JsonObject& JsonObject::integer(std::string_view name, std::int64_t value) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    key(name);
    out_.append(digits.data(), end);
    return *this;
}

JsonObject& JsonObject::boolean(std::string_view name, bool value) {
    return raw(name, value ? "true" : "false");
}

JsonObject& JsonObject::null(std::string_view name) { return raw(name, "null"); }

JsonObject& JsonObject::time(std::string_view name, WallTime value) {
    return text(name, to_rfc3339(value));
}

JsonObject& JsonObject::time_or_null(std::string_view name, const std::optional<WallTime>& value) {
    return value ? time(name, *value) : null(name);
}

JsonObject& JsonObject::text_or_null(std::string_view name, std::string_view value) {
    return value.empty() ? null(name) : text(name, value);
}

JsonObject& JsonObject::raw(std::string_view name, std::string_view json) {
    key(name);
    out_.append(json);
    return *this;
}

std::string json_array(const std::vector<std::string>& items) {
    std::string out = "[";
    for (const std::string& item : items) {
        if (out.size() > 1) out.push_back(',');
        out.append(item);
    }
    out.push_back(']');
    return out;
}

std::string json_string(std::string_view text) {
    std::string out;
    append_escaped(out, text);
    return out;
}

}  // namespace sluice::http
