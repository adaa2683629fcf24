#pragma once
// The gate's values as the scripts of lua/ take and give them. Pure. What a server answers is never
// trusted to be well formed: nullopt means that it was not.

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/reply.h"
#include "domain/admission.h"

namespace sluice {

// The arguments of one script call: borrowed bytes, and numbers that it owns.
class Arguments {
public:
    // The bytes outlive the call's formatting.
    void add(std::string_view bytes) { words_.push_back(bytes); }
    void add_own(std::string text);
    void add_number(std::int64_t number) { add_own(std::to_string(number)); }
    void add_number(std::uint64_t number) { add_own(std::to_string(number)); }
    void add_order(const OrderId& order);  // its 16 bytes; the id outlives the formatting
    const std::vector<std::string_view>& words() const { return words_; }

private:
    std::vector<std::string_view> words_;
    std::deque<std::string> owned_;  // a deque: growing moves nothing
};

std::string text_of(const Terms& terms);    // '<price> <currency> <payment_window_ms>'
std::string row_of(const HeldOrder& held);  // as in the hash `held`, without due_at
char letter_code(Letter letter);

std::optional<HeldOrder> parse_row(
    const OrderId& order, std::string_view row
);  // due_at is not in it
std::optional<OrderId> parse_order(std::string_view bytes);
std::optional<KnownOrder> parse_entry(
    const OrderId& order, std::string_view entry
);  // of the hash `orders`

std::optional<ReserveReply> parse_reserve(
    const Reply& reply, const std::vector<ReserveRequest>& requests
);
std::optional<OrderBatch> parse_claims(SaleId sale, const Reply& reply);
std::optional<GateFigures> parse_figures(const Reply& reply);
std::optional<GateSnapshot> parse_snapshot(const Reply& reply);
std::optional<std::optional<HeldOrder>> parse_found(const OrderId& order, const Reply& reply);

}  // namespace sluice
