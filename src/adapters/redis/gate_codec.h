#pragma once
// The gate's values as the scripts of lua/ take and give them. Pure. What a server answers is never
// trusted to be well formed: nullopt means that it was not.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/reply.h"
#include "adapters/redis/script_arguments.h"
#include "domain/admission.h"

namespace sluice {

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
