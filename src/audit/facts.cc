#include "audit/facts.h"

#include <functional>
#include <utility>

namespace sluice::audit {

namespace {

template <class Row>
using Read = bool (Evidence::*)(const std::function<void(const Row&)>&);

template <class Row>
std::optional<std::vector<Row>> read_all(Evidence& stores, Read<Row> read, std::string& error) {
    std::vector<Row> rows;
    const bool complete = (stores.*read)([&rows](const Row& row) { rows.push_back(row); });
    if (complete) return rows;
    if (error.empty()) error = stores.last_error();
    return std::nullopt;
}

}  // namespace

Facts::Facts(AuditInput& input)
    : gates(std::move(input.gates)),
      gates_failed(input.gates_failed),
      journal(std::move(input.journal)),
      unread_queue(input.unread_queue) {
    read_stores(input.stores);
    build_indexes();
}

// Sales come first, so that what happens during the audit makes the later reads newer, never older.
// An order travels from the queue to its deferred row to its order row: reading in that order
// cannot miss one on its way.
void Facts::read_stores(Evidence& stores) {
    std::vector<SaleFacts> rows;
    if (stores.sales(rows)) {
        sales = std::move(rows);
    } else {
        read_error = stores.last_error();
    }
    movements = read_all<MovementFacts>(stores, &Evidence::movements, read_error);
    buyers = read_all<BuyerFacts>(stores, &Evidence::buyers, read_error);
    queued = read_all<QueuedFacts>(stores, &Evidence::queued_orders, read_error);
    deferred = read_all<QueuedFacts>(stores, &Evidence::deferred_orders, read_error);
    orders = read_all<OrderFacts>(stores, &Evidence::orders, read_error);
    payments = read_all<PaymentFacts>(stores, &Evidence::payments, read_error);
}

void Facts::build_indexes() {
    if (sales) {
        for (const SaleFacts& sale : *sales) sale_index_.emplace(sale.sale, &sale);
    }
    if (orders) {
        order_index_.reserve(orders->size());
        for (const OrderFacts& order : *orders) order_index_.emplace(order.order, &order);
    }
    if (queued) {
        for (const QueuedFacts& order : *queued) queued_ids_.insert(order.order);
    }
    if (deferred) {
        for (const QueuedFacts& order : *deferred) deferred_ids_.insert(order.order);
    }
    if (!gates) return;
    for (const GateFacts& gate : *gates) {
        const SaleFacts* sale = find_sale(gate.sale);
        if (!gate.serving || sale == nullptr || sale->epoch != gate.epoch) continue;
        serving_sales_.insert(gate.sale);
        for (const GateFacts::Held& held : gate.held_orders) held_ids_.insert(held.order);
    }
}

bool Facts::may_be_in_unread_queue(std::uint32_t sale) const {
    const SaleFacts* known = find_sale(sale);
    if (!unread_queue || known == nullptr || known->mode == "direct" || known->retired) return false;
    return unread_queue->failed || unread_queue->messages > 0 || !serving_sales_.contains(sale);
}

const SaleFacts* Facts::find_sale(std::uint32_t sale) const {
    const auto found = sale_index_.find(sale);
    return found == sale_index_.end() ? nullptr : found->second;
}

const OrderFacts* Facts::find_order(std::string_view order) const {
    const auto found = order_index_.find(order);
    return found == order_index_.end() ? nullptr : found->second;
}

}  // namespace sluice::audit
