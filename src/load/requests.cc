#include "load/requests.h"

#include <fmt/format.h>

#include "load/http_text.h"

namespace sluice::load {
namespace {

std::string bearer(std::string_view token) {
    return fmt::format("Authorization: Bearer {}\r\n", token);
}

}  // namespace

void append_purchase(std::string& out, std::string_view host, const Purchase& purchase) {
    fmt::basic_memory_buffer<char, 512> buffer;
    auto to = std::back_inserter(buffer);
    const int body_length = static_cast<int>(13 + fmt::formatted_size("{}", purchase.quantity));
    fmt::format_to(
        to,
        "POST /v1/sales/{}/orders HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer "
        "{}\r\nIdempotency-Key: {}\r\n"
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{{\"quantity\":{}}}",
        purchase.sale, host, purchase.token, purchase.key, body_length, purchase.quantity
    );
    out.append(buffer.data(), buffer.size());
}

void append_watch(
    std::string& out, std::string_view host, std::string_view token, std::string_view order,
    int wait_s
) {
    const std::string path = fmt::format("/v1/orders/{}?wait={}s", order, wait_s);
    append_request(out, "GET", path, host, bearer(token), "");
}

void append_cancel(
    std::string& out, std::string_view host, std::string_view token, std::string_view order
) {
    append_request(
        out, "POST", fmt::format("/v1/orders/{}/cancel", order), host, bearer(token), "{}"
    );
}

void append_payment(
    std::string& out, std::string_view host, const HmacKey& secret, std::int64_t unix_seconds,
    const PaymentNotice& notice
) {
    const std::string body = fmt::format(
        R"({{"payment_id":"{}","order_id":"{}","amount_minor":{},"currency":"{}"}})",
        notice.payment, notice.order, notice.amount_minor, notice.currency
    );
    const std::string tag = hex(secret.sign(fmt::format("{}.{}", unix_seconds, body)));
    const std::string header = fmt::format("Sluice-Signature: t={},v1={}\r\n", unix_seconds, tag);
    append_request(out, "POST", "/v1/payments/notifications", host, header, body);
}

}  // namespace sluice::load
