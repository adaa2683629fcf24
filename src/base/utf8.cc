#include "base/utf8.h"

namespace sluice {

std::size_t utf8_bytes_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const unsigned first = byte(0);
    const auto tails = [&](std::size_t count) {
        for (std::size_t i = 1; i <= count; ++i) {
            if ((byte(i) & 0xc0U) != 0x80U) return false;
        }
        return true;
    };
    if (at >= text.size()) return 0;
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return tails(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const bool overlong = first == 0xe0 && byte(1) < 0xa0;
        const bool surrogate = first == 0xed && byte(1) >= 0xa0;
        return !overlong && !surrogate && tails(2) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const bool overlong = first == 0xf0 && byte(1) < 0x90;
        const bool beyond = first == 0xf4 && byte(1) >= 0x90;
        return !overlong && !beyond && tails(3) ? 4 : 0;
    }
    return 0;
}

std::optional<std::size_t> utf8_length(std::string_view text) {
    std::size_t characters = 0;
    for (std::size_t at = 0; at < text.size(); ++characters) {
        const std::size_t bytes = utf8_bytes_at(text, at);
        if (bytes == 0) return std::nullopt;
        at += bytes;
    }
    return characters;
}

}  // namespace sluice
