#pragma once
// Seeds of what should differ from process to process, and be the same again in a test.

#include <cstdint>
#include <cstring>

#include "base/hmac.h"

namespace sluice::cache {

// 0: one from the system.
inline std::uint64_t seed_or_system(std::uint64_t seed) {
    if (seed != 0) return seed;
    std::memcpy(&seed, random_bytes(sizeof seed).data(), sizeof seed);
    return seed;
}

}  // namespace sluice::cache
