#pragma once
// A 64-bit hash of short texts: fast, well mixed, the same on every machine (soft times are spread
// by it). Not for secrets. Multiply and fold, after wyhash (Wang Yi, public domain).

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sluice::cache {

__extension__ using Wide = unsigned __int128;

inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

inline std::uint64_t hash_text(std::string_view text) {
    constexpr std::uint64_t kA = 0xa0761d6478bd642fULL;
    constexpr std::uint64_t kB = 0xe7037ed1a0b428dbULL;
    std::uint64_t state = kA ^ text.size();
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, 8);
        state = fold(state ^ word, kB);
    }
    std::uint64_t rest = 0;
    if (left > 0) std::memcpy(&rest, at, left);
    return fold(fold(state ^ rest ^ kB, kA), kB ^ (state + left));
}

}  // namespace sluice::cache
