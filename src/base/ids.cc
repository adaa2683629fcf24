#include "base/ids.h"

namespace sluice {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr std::size_t kTextLength = 36;

constexpr bool is_dash_position(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

OrderId OrderId::compose(SaleId sale, const std::array<std::uint8_t, 12>& entropy) {
    Bytes bytes{};
    for (std::size_t i = 0; i < 4; ++i) {
        bytes[i] = static_cast<std::uint8_t>(sale.value() >> (24 - 8 * i));
    }
    for (std::size_t i = 0; i < entropy.size(); ++i) bytes[i + 4] = entropy[i];
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | 0x80U);  // version 8
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);  // variant 10
    return OrderId{bytes};
}

std::optional<OrderId> OrderId::parse(std::string_view text) {
    if (text.size() != kTextLength) return std::nullopt;
    Bytes bytes{};
    std::size_t at = 0;
    for (std::size_t i = 0; i < kTextLength;) {
        if (is_dash_position(i)) {
            if (text[i] != '-') return std::nullopt;
            ++i;
            continue;
        }
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes[at++] = static_cast<std::uint8_t>(high * 16 + low);
        i += 2;
    }
    if ((bytes[6] & 0xf0U) != 0x80U || (bytes[8] & 0xc0U) != 0x80U) return std::nullopt;
    return OrderId{bytes};
}

SaleId OrderId::sale() const {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = (number << 8U) | bytes_[i];
    return SaleId{number};
}

std::string OrderId::text() const {
    std::string out;
    out.reserve(kTextLength);
    for (const std::uint8_t byte : bytes_) {
        if (is_dash_position(out.size())) out.push_back('-');
        out.push_back(kHex[byte >> 4U]);
        out.push_back(kHex[byte & 0x0fU]);
    }
    return out;
}

}  // namespace sluice
