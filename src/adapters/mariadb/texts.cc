#include "adapters/mariadb/texts.h"

namespace sluice::maria {
namespace {

bool is_tail(unsigned char byte) { return (byte & 0xc0U) == 0x80U; }

// Bytes of the character at `at` (RFC 3629), 0 when there is none.
std::size_t character_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const unsigned first = byte(0);
    const auto tails = [&](std::size_t count) {
        for (std::size_t i = 1; i <= count; ++i) {
            if (!is_tail(static_cast<unsigned char>(byte(i)))) return false;
        }
        return true;
    };
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

}  // namespace

std::string fitting(std::string_view text, std::size_t bytes_max) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto size = character_at(text, at);
        const auto taken = size == 0 ? 1 : size;
        if (out.size() + taken > bytes_max) break;
        if (size == 0) {
            out += '?';
        } else {
            out.append(text.substr(at, size));
        }
        at += taken;
    }
    return out;
}

}  // namespace sluice::maria
