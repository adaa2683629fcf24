#pragma once
// The requests that buyers and payment providers make, as text ready to send.

#include <string>
#include <string_view>

#include "base/hmac.h"
#include "load/monotonic.h"

namespace sluice::load {

struct Purchase {
    std::uint32_t sale = 0;
    std::int64_t quantity = 1;
    std::string_view token;
    std::string_view key;
};
void append_purchase(std::string& out, std::string_view host, const Purchase& purchase);

// GET /v1/orders/{order}; waits up to `wait_s` seconds while it is held.
void append_watch(
    std::string& out, std::string_view host, std::string_view token, std::string_view order,
    int wait_s
);
void append_cancel(
    std::string& out, std::string_view host, std::string_view token, std::string_view order
);

struct PaymentNotice {
    std::string_view payment;
    std::string_view order;
    std::int64_t amount_minor = 0;
    std::string_view currency;
};
// Signed as the payment provider signs: Sluice-Signature over "<unix seconds>.<body>".
void append_payment(
    std::string& out, std::string_view host, const HmacKey& secret, std::int64_t unix_seconds,
    const PaymentNotice& notice
);

}  // namespace sluice::load
