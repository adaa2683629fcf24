#pragma once
// A small open sale for tests of the Redis gate: 10 units, 3 per buyer, in the middle of its
// window.

#include <string>

#include "domain/admission.h"

namespace sluice {

inline constexpr SaleId kSale{7};
inline constexpr Epoch kEpoch{3};

inline OrderId order_id(std::uint32_t number, SaleId sale = kSale) {
    std::array<std::uint8_t, 12> entropy{};
    for (std::size_t i = 0; i < 4; ++i)
        entropy[8 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
    return OrderId::compose(sale, entropy);
}

inline Terms sample_terms() { return Terms{Cents{1'000}, Currency{}, Millis{60'000}}; }

inline ReserveRequest request_of(
    std::uint32_t number, const std::string& buyer, Units quantity = 1
) {
    return ReserveRequest{order_id(number), BuyerId{buyer}, quantity, sample_terms()};
}

inline GateImage open_sale(WallTime now, Epoch epoch = kEpoch) {
    GateImage image;
    image.sale = kSale;
    image.epoch = epoch;
    image.version = Version{5};
    image.available = 10;
    image.limit_per_buyer = 3;
    image.opens_at = now - Millis{3'600'000};
    image.closes_at = now + Millis{3'600'000};
    image.state = SaleState::kOpen;
    image.revision = Revision{2};
    return image;
}

}  // namespace sluice
