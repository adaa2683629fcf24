#include "adapters/mariadb/sql_text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::maria {
namespace {

bool is_word(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    });
}

}  // namespace

void SqlText::integer(std::int64_t value) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    text_.append(digits.data(), end);
}

void SqlText::bytes(std::string_view bytes) { hex(bytes); }

void SqlText::text(std::string_view text) {
    if (is_word(text)) {
        text_.append("'").append(text).append("'");
        return;
    }
    text_.append("_utf8mb4 ");
    hex(text);
}

void SqlText::hex(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text_.append("x'");
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text_ += kDigits[byte >> 4U];
        text_ += kDigits[byte & 0xfU];
    }
    text_.append("'");
}

}  // namespace sluice::maria
