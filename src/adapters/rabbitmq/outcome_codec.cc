#include "adapters/rabbitmq/outcome_codec.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace sluice {
namespace {

constexpr char kFormat = 1;
constexpr std::size_t kNumberBytes = 4;
constexpr std::size_t kHeadBytes = 1 + 2 * kNumberBytes;
constexpr std::size_t kOrderBytes = std::tuple_size_v<OrderId::Bytes>;
constexpr std::size_t kOutcomeBytes = kOrderBytes + 1;

void append_number(std::string& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>((value >> shift) & 0xffU));
    }
}

std::uint32_t number_at(std::string_view body, std::size_t at) {
    std::uint32_t value = 0;
    for (const char byte : body.substr(at, kNumberBytes)) {
        value = (value << 8U) | static_cast<std::uint8_t>(byte);
    }
    return value;
}

Error malformed(const std::string& what) {
    return fail(Code::kBadRequest, "outcome event: " + what);
}

}  // namespace

std::string encode(const OutcomeEvent& event) {
    SLUICE_CHECK(event.outcomes.size() <= std::numeric_limits<std::uint32_t>::max());
    std::string out;
    out.reserve(kHeadBytes + event.outcomes.size() * kOutcomeBytes);
    out.push_back(kFormat);
    append_number(out, event.sale.value());
    append_number(out, static_cast<std::uint32_t>(event.outcomes.size()));
    for (const auto& outcome : event.outcomes) {
        for (const auto byte : outcome.order.bytes()) out.push_back(static_cast<char>(byte));
        out.push_back(static_cast<char>(outcome.state));
    }
    return out;
}

Result<OutcomeEvent> decode_outcome(std::string_view body) {
    if (body.size() < kHeadBytes) return malformed("cut short");
    if (body.front() != kFormat) return malformed("unknown format");
    OutcomeEvent event;
    event.sale = SaleId{number_at(body, 1)};
    const std::size_t count = number_at(body, 1 + kNumberBytes);
    body.remove_prefix(kHeadBytes);
    if (body.size() != count * kOutcomeBytes) return malformed("not as long as it says");
    event.outcomes.reserve(count);
    for (; !body.empty(); body.remove_prefix(kOutcomeBytes)) {
        OrderId::Bytes id{};
        std::transform(body.begin(), body.begin() + kOrderBytes, id.begin(), [](char byte) {
            return static_cast<std::uint8_t>(byte);
        });
        const auto state = static_cast<std::uint8_t>(body[kOrderBytes]);
        if (state > static_cast<std::uint8_t>(OrderState::kRejected)) {
            return malformed("unknown order state " + std::to_string(state));
        }
        event.outcomes.push_back({OrderId{id}, static_cast<OrderState>(state)});
    }
    return event;
}

}  // namespace sluice
