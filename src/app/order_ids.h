#pragma once
// Order ids (docs/protocol.md §4): the same sale, buyer and Idempotency-Key always give the same id, at every node and
// after every restart. A secret is known by its number, stored with the sale, so a rotation never changes a live sale's.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/hmac.h"
#include "base/ids.h"
#include "ports/entropy.h"

namespace sluice {

class OrderIds {
public:
    // number → secret; at least one.
    OrderIds(std::map<std::uint32_t, std::string> secrets, Entropy& entropy);

    std::uint32_t newest() const;  // for new sales
    bool knows(std::uint32_t secret_number) const { return keys_.contains(secret_number); }
    // Errors: nullopt when the sale's secret is not configured.
    std::optional<OrderId> derive(
        std::uint32_t secret_number, SaleId sale, const BuyerId& buyer, const std::optional<std::string>& key
    );
    // For the order that late money buys: derived from the payment.
    std::optional<OrderId> derive_replacement(std::uint32_t secret_number, SaleId sale, const PaymentId& payment) const;

private:
    std::map<std::uint32_t, HmacKey> keys_;
    Entropy& entropy_;
};

}  // namespace sluice
