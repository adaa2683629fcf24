#pragma once
// Unpredictable bytes, injected so that a simulation is reproducible from its seed.

#include <array>
#include <cstdint>

namespace sluice {

class Entropy {
public:
    virtual ~Entropy() = default;
    virtual std::array<std::uint8_t, 12> order_bytes() = 0;  // for an order without an Idempotency-Key
};

}  // namespace sluice
