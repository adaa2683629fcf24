#include "adapters/http/catalogue_json.h"

#include "adapters/http/json_writer.h"

namespace sluice::http {

std::string goods_json(const Goods& goods) {
    JsonObject out;
    out.integer("goods_id", goods.id.value())
        .integer("shop_id", goods.shop.value())
        .text("title", goods.title);
    out.text("description", goods.description).integer("price_minor", goods.price.value());
    out.text("currency", goods.currency.text());
    return std::move(out).str();
}

namespace {

void add_sale(JsonObject& out, const Sale& sale, WallTime now) {
    out.integer("sale_id", sale.id.value())
        .integer("goods_id", sale.goods.value())
        .text("title", sale.title);
    out.text("mode", to_string(sale.mode))
        .text("state", to_string(sale.state))
        .boolean("live", is_live(sale, now));
    out.time("opens_at", sale.opens_at).time("closes_at", sale.closes_at);
    out.integer("limit_per_buyer", sale.limit_per_buyer)
        .integer("price_minor", sale.terms.price.value());
    out.text("currency", sale.terms.currency.text());
    const auto window = std::chrono::ceil<std::chrono::seconds>(sale.terms.payment_window);
    out.integer("payment_window_seconds", window.count());
}

}  // namespace

std::string timeless_sale_json(const Sale& sale, WallTime now) {
    JsonObject out;
    add_sale(out, sale, now);
    out.text("stock", to_string(stock_level(sale)));
    return std::move(out).str();
}

std::string sale_json(const Sale& sale, WallTime now, Audience audience) {
    JsonObject out;
    add_sale(out, sale, now);
    if (audience == Audience::kPublic) {
        out.text("stock", to_string(stock_level(sale))).time("now", now);
        return std::move(out).str();
    }
    out.text("gate_state", to_string(sale.gate_state)).integer("total", sale.total);
    out.integer("available", sale.available).text("late_payment", to_string(sale.late_payment));
    out.integer("epoch", static_cast<std::int64_t>(sale.epoch.value()));
    out.integer("revision", static_cast<std::int64_t>(sale.revision.value()));
    out.integer("partition", sale.partition.value()).boolean("retired", sale.retired);
    return std::move(out).str();
}

std::string stock_json(const StockFigures& figures) {
    JsonObject out;
    out.integer("total", figures.total).integer("available", figures.available);
    out.integer("awaiting_payment", figures.awaiting_payment).integer("paid", figures.paid);
    out.integer("orders", static_cast<std::int64_t>(figures.orders));
    out.integer("cancelled_orders", static_cast<std::int64_t>(figures.cancelled_orders));
    out.integer("rejected_orders", static_cast<std::int64_t>(figures.rejected_orders));
    return std::move(out).str();
}

}  // namespace sluice::http
