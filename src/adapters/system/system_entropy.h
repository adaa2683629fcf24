#pragma once
// Unpredictable bytes from the operating system. Thread-safe.

#include "ports/entropy.h"

namespace sluice {

class SystemEntropy final : public Entropy {
public:
    std::array<std::uint8_t, 12> order_bytes() override;
};

}  // namespace sluice
