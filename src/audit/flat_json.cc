#include "audit/flat_json.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::audit {

namespace {

constexpr std::uint32_t kHighSurrogateFirst = 0xD800;
constexpr std::uint32_t kLowSurrogateFirst = 0xDC00;
constexpr std::uint32_t kSurrogateEnd = 0xE000;

void append_utf8(std::string& out, std::uint32_t code) {
    const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | (code >> 6U));
        put(0x80 | (code & 0x3FU));
    } else if (code < 0x10000) {
        put(0xE0 | (code >> 12U));
        put(0x80 | ((code >> 6U) & 0x3FU));
        put(0x80 | (code & 0x3FU));
    } else {
        put(0xF0 | (code >> 18U));
        put(0x80 | ((code >> 12U) & 0x3FU));
        put(0x80 | ((code >> 6U) & 0x3FU));
        put(0x80 | (code & 0x3FU));
    }
}

std::optional<char> simple_escape(char letter) {
    switch (letter) {
        case '"':
            return '"';
        case '\\':
            return '\\';
        case '/':
            return '/';
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return std::nullopt;
    }
}

// Every method consumes what it accepts and returns nullopt (or false) at the first wrong byte.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    std::optional<FlatObject> whole_object() {
        FlatObject object;
        if (!token('{')) return std::nullopt;
        if (token('}')) return at_end() ? std::optional(object) : std::nullopt;
        do {
            if (!member(object)) return std::nullopt;
        } while (token(','));
        if (!token('}') || !at_end()) return std::nullopt;
        return object;
    }

private:
    bool member(FlatObject& object) {
        skip_space();
        auto name = string();
        if (!name || !token(':')) return false;
        const auto same = [&name](const auto& known) { return known.first == *name; };
        if (std::any_of(object.begin(), object.end(), same)) return false;
        auto parsed = value();
        if (!parsed) return false;
        object.emplace_back(std::move(*name), std::move(*parsed));
        return true;
    }

    std::optional<FlatValue> value() {
        skip_space();
        if (rest_.starts_with('"')) {
            auto text = string();
            if (!text) return std::nullopt;
            return FlatValue(std::move(*text));
        }
        return integer();
    }

    std::optional<FlatValue> integer() {
        std::int64_t number = 0;
        const auto [end, error] =
            std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
        if (error != std::errc{}) return std::nullopt;
        const auto length = static_cast<std::size_t>(end - rest_.data());
        const std::string_view digits = rest_.substr(rest_.starts_with('-') ? 1 : 0, length);
        if (length > 1 && digits.starts_with('0') && number != 0) return std::nullopt;  // 01
        if (number == 0 && length != 1) return std::nullopt;                            // 00, -0
        rest_.remove_prefix(length);
        return FlatValue(number);
    }

    std::optional<std::string> string() {
        if (!byte('"')) return std::nullopt;
        std::string out;
        while (!rest_.empty()) {
            const char next = rest_.front();
            if (next == '"') {
                rest_.remove_prefix(1);
                return out;
            }
            if (static_cast<unsigned char>(next) < 0x20) return std::nullopt;
            rest_.remove_prefix(1);
            if (next != '\\') {
                out.push_back(next);
            } else if (!escape(out)) {
                return std::nullopt;
            }
        }
        return std::nullopt;
    }

    bool escape(std::string& out) {
        if (rest_.empty()) return false;
        const char letter = rest_.front();
        rest_.remove_prefix(1);
        if (letter == 'u') return unicode_escape(out);
        const auto simple = simple_escape(letter);
        if (!simple) return false;
        out.push_back(*simple);
        return true;
    }

    bool unicode_escape(std::string& out) {
        const auto first = four_hex();
        if (!first || (*first >= kLowSurrogateFirst && *first < kSurrogateEnd)) return false;
        if (*first < kHighSurrogateFirst || *first >= kSurrogateEnd) {
            append_utf8(out, *first);
            return true;
        }
        if (!byte('\\') || !byte('u')) return false;
        const auto second = four_hex();
        if (!second || *second < kLowSurrogateFirst || *second >= kSurrogateEnd) return false;
        append_utf8(
            out, 0x10000 + ((*first - kHighSurrogateFirst) << 10U) + (*second - kLowSurrogateFirst)
        );
        return true;
    }

    std::optional<std::uint32_t> four_hex() {
        if (rest_.size() < 4) return std::nullopt;
        std::uint32_t code = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + 4, code, 16);
        if (error != std::errc{} || end != rest_.data() + 4) return std::nullopt;
        rest_.remove_prefix(4);
        return code;
    }

    bool token(char wanted) {
        skip_space();
        return byte(wanted);
    }
    bool byte(char wanted) {
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void skip_space() {
        const auto start = rest_.find_first_not_of(" \t\r\n");
        rest_.remove_prefix(start == std::string_view::npos ? rest_.size() : start);
    }
    bool at_end() {
        skip_space();
        return rest_.empty();
    }

    std::string_view rest_;
};

}  // namespace

std::optional<FlatObject> parse_flat_object(std::string_view text) {
    return Reader(text).whole_object();
}

std::string quote_json(std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out = "\"";
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '"' || letter == '\\') {
            out.push_back('\\');
            out.push_back(letter);
        } else if (byte < 0x20) {
            out += "\\u00";
            out.push_back(kHex[byte >> 4U]);
            out.push_back(kHex[byte & 0x0FU]);
        } else {
            out.push_back(letter);
        }
    }
    out.push_back('"');
    return out;
}

}  // namespace sluice::audit
