#include "adapters/http/deferred_json.h"

#include "adapters/http/json_writer.h"

namespace sluice::http {

std::string deferred_order_json(const DeferredOrder& row) {
    JsonObject out;
    out.text("order_id", row.order.order.text()).integer("sale_id", row.sale.value());
    out.text("buyer_id", row.order.buyer.value()).integer("quantity", row.order.quantity);
    out.text("state", to_string(row.state)).integer("attempt", row.attempt);
    out.integer("epoch", static_cast<std::int64_t>(row.epoch.value()))
        .time("accepted_at", row.order.accepted_at);
    out.time("due_at", row.due_at)
        .time("first_failed_at", row.first_failed_at)
        .text("last_error", row.last_error);
    return std::move(out).str();
}

std::string deferred_work_json(const DeferredWork& row) {
    JsonObject out;
    out.text("kind", to_string(row.kind)).text("key", row.key).integer("sale_id", row.sale.value());
    out.text("state", to_string(row.state))
        .integer("attempt", row.attempt)
        .time("due_at", row.due_at);
    out.time("first_failed_at", row.first_failed_at).text("last_error", row.last_error);
    return std::move(out).str();
}

}  // namespace sluice::http
