#include "app/order_ids.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace sluice {
namespace {

std::string decimal(SaleId sale) { return std::to_string(sale.value()); }

OrderId compose(SaleId sale, const Mac& mac) {
    std::array<std::uint8_t, 12> entropy{};
    std::copy_n(mac.begin(), entropy.size(), entropy.begin());
    return OrderId::compose(sale, entropy);
}

}  // namespace

OrderIds::OrderIds(std::map<std::uint32_t, std::string> secrets, Entropy& entropy) : entropy_(entropy) {
    SLUICE_CHECK(!secrets.empty());
    for (const auto& [number, secret] : secrets) keys_.emplace(number, HmacKey(secret));
}

std::uint32_t OrderIds::newest() const { return keys_.rbegin()->first; }

std::optional<OrderId> OrderIds::derive(
    std::uint32_t secret_number, SaleId sale, const BuyerId& buyer, const std::optional<std::string>& key
) {
    if (!key) return OrderId::compose(sale, entropy_.order_bytes());
    const auto secret = keys_.find(secret_number);
    if (secret == keys_.end()) return std::nullopt;
    return compose(sale, secret->second.sign_parts({decimal(sale), buyer.value(), *key}));
}

std::optional<OrderId> OrderIds::derive_replacement(
    std::uint32_t secret_number, SaleId sale, const PaymentId& payment
) const {
    const auto secret = keys_.find(secret_number);
    if (secret == keys_.end()) return std::nullopt;
    // Four parts: no (sale, buyer, key) triple of derive() can collide with it.
    return compose(sale, secret->second.sign_parts({decimal(sale), "late-payment", payment.value(), ""}));
}

}  // namespace sluice
