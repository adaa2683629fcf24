#include "base/hmac.h"

#include <sodium.h>

#include "base/check.h"

namespace sluice {

struct HmacKey::State {
    crypto_auth_hmacsha256_state keyed;
};

HmacKey::HmacKey(std::string_view secret) : state_(std::make_unique<State>()) {
    SLUICE_CHECK(sodium_init() >= 0);
    crypto_auth_hmacsha256_init(
        &state_->keyed, reinterpret_cast<const unsigned char*>(secret.data()), secret.size()
    );
}
HmacKey::~HmacKey() = default;
HmacKey::HmacKey(HmacKey&&) noexcept = default;
HmacKey& HmacKey::operator=(HmacKey&&) noexcept = default;

Mac HmacKey::sign(std::string_view message) const {
    crypto_auth_hmacsha256_state state = state_->keyed;
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(message.data()), message.size());
    Mac mac{};
    crypto_auth_hmacsha256_final(&state, mac.data());
    return mac;
}

Mac HmacKey::sign_parts(std::initializer_list<std::string_view> parts) const {
    crypto_auth_hmacsha256_state state = state_->keyed;
    for (const std::string_view part : parts) {
        const auto length = static_cast<std::uint32_t>(part.size());
        const std::array<unsigned char, 4> prefix = {
            static_cast<unsigned char>(length >> 24U), static_cast<unsigned char>(length >> 16U),
            static_cast<unsigned char>(length >> 8U), static_cast<unsigned char>(length)};
        crypto_auth_hmacsha256_update(&state, prefix.data(), prefix.size());
        crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
    }
    Mac mac{};
    crypto_auth_hmacsha256_final(&state, mac.data());
    return mac;
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
    return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string hex(std::string_view bytes) {
    constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out.push_back(kHex[byte >> 4U]);
        out.push_back(kHex[byte & 0x0fU]);
    }
    return out;
}

std::string hex(const Mac& mac) {
    return hex(std::string_view{reinterpret_cast<const char*>(mac.data()), mac.size()});
}

std::string random_bytes(std::size_t count) {
    SLUICE_CHECK(sodium_init() >= 0);
    std::string out(count, '\0');
    randombytes_buf(out.data(), out.size());
    return out;
}

}  // namespace sluice
