#pragma once
// HMAC-SHA256 (RFC 2104, FIPS 198-1) over libsodium, with the key schedule computed once. Used for order ids, bearer
// tokens and payment signatures. Comparison of tags is constant-time.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

using Mac = std::array<std::uint8_t, 32>;

// Thread-safe: sign() works on a copy of the keyed state.
class HmacKey {
public:
    explicit HmacKey(std::string_view secret);
    ~HmacKey();
    HmacKey(HmacKey&&) noexcept;
    HmacKey& operator=(HmacKey&&) noexcept;

    Mac sign(std::string_view message) const;
    // Each part is preceded by its length (4 bytes, big endian), so ("ab","c") and ("a","bc") differ.
    Mac sign_parts(std::initializer_list<std::string_view> parts) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

bool equal_in_constant_time(std::string_view left, std::string_view right);
std::string hex(std::string_view bytes);
std::string hex(const Mac& mac);

// Cryptographically strong bytes from the system. For keys, tokens and server ids; never for simulation.
std::string random_bytes(std::size_t count);

}  // namespace sluice
