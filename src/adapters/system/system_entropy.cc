#include "adapters/system/system_entropy.h"

#include <algorithm>

#include "base/hmac.h"

namespace sluice {

std::array<std::uint8_t, 12> SystemEntropy::order_bytes() {
    const std::string random = random_bytes(12);
    std::array<std::uint8_t, 12> bytes{};
    std::transform(random.begin(), random.end(), bytes.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    return bytes;
}

}  // namespace sluice
