#include "adapters/sqlite/ledger_snapshot.h"

#include <algorithm>

#include "adapters/sqlite/ledger_rows.h"

namespace sluice {
namespace {

template <class T>
std::vector<T> distinct(std::vector<T> values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

bool any(Connection& connection, std::string_view exists_sql, SaleId sale) {
    auto row = connection.prepare(exists_sql);
    return row.query(sale).next();
}

void read_orders(Connection& connection, const std::vector<OrderId>& ids, SaleSnapshot& out) {
    for (const auto& id : ids) {
        if (id.sale() != out.sale.id) continue;  // of another sale: cannot have a row here
        if (auto row = find_order_row(connection, id)) out.orders.push_back(std::move(*row));
    }
}

// Deferred orders are rare: one look spares a look per order.
void read_deferred(Connection& connection, const std::vector<OrderId>& ids, SaleSnapshot& out) {
    const auto sql = "SELECT 1 FROM deferred_orders WHERE sale_id = ?1 LIMIT 1";
    if (!any(connection, sql, out.sale.id)) return;
    for (const auto& id : ids) {
        if (id.sale() != out.sale.id) continue;
        if (auto row = find_deferred_row(connection, id)) out.deferred.push_back(std::move(*row));
    }
}

void read_unmatched(Connection& connection, const std::vector<OrderId>& ids, SaleSnapshot& out) {
    auto any_row = connection.prepare("SELECT 1 FROM payments WHERE state = 'unmatched' LIMIT 1");
    if (!any_row.next()) return;
    auto row = connection.prepare(
        "SELECT payment_id FROM payments"
        " WHERE COALESCE(replacement, order_id) = ?1 AND state = 'unmatched' ORDER BY payment_id"
    );
    for (const auto& id : ids) {
        row.query(id);
        while (row.next()) out.unmatched.push_back(row.get<PaymentId>(0));
    }
}

void read_totals(Connection& connection, std::vector<BuyerId> buyers, SaleSnapshot& out) {
    for (const auto& order : out.orders) buyers.push_back(order.buyer);
    auto row =
        connection.prepare("SELECT bought FROM buyer_totals WHERE sale_id = ?1 AND buyer = ?2");
    for (auto& buyer : distinct(std::move(buyers))) {
        row.query(out.sale.id, buyer);
        if (row.next()) out.bought.push_back({buyer, row.get<Units>(0)});
    }
}

Millis setting(Connection& connection, std::string_view name, Millis otherwise) {
    auto row = connection.prepare("SELECT value FROM settings WHERE name = ?1");
    return row.query(name).next() ? row.get<Millis>(0) : otherwise;
}

GateImage image_of(const SaleRow& row) {
    GateImage image;
    image.sale = row.sale.id;
    image.epoch = row.sale.epoch;
    image.version = row.version;
    image.available = row.sale.available;
    image.limit_per_buyer = row.sale.limit_per_buyer;
    image.opens_at = row.sale.opens_at;
    image.closes_at = row.sale.closes_at;
    image.state = row.sale.state;
    image.revision = row.sale.revision;
    return image;
}

void read_held(Connection& connection, GateImage& image) {
    static const std::string sql = std::string(kSelectDeferredOrder) + "WHERE sale_id = ?1";
    auto row = connection.prepare(sql);
    row.query(image.sale);
    while (row.next()) {
        auto deferred = read_deferred_order(row);
        image.held.push_back({std::move(deferred.order), deferred.due_at, 0});
    }
}

void read_finished(Connection& connection, GateImage& image) {
    auto row = connection.prepare(
        "SELECT order_id, state, quantity FROM orders"
        " WHERE number BETWEEN ?1 << 31 AND (?1 << 31) + 2147483647"
    );
    row.query(image.sale);
    while (row.next()) {
        const auto letter = letter_of(row.get_parsed(1, parse_order_state));
        image.finished.push_back({row.get<OrderId>(0), letter, row.get<Units>(2)});
    }
}

void read_bought(Connection& connection, GateImage& image) {
    auto row = connection.prepare("SELECT buyer, bought FROM buyer_totals WHERE sale_id = ?1");
    row.query(image.sale);
    while (row.next()) image.bought.push_back({row.get<BuyerId>(0), row.get<Units>(1)});
}

}  // namespace

Result<Catalogue> read_sale_catalogue(Connection& connection, WallTime now) {
    static const std::string sql =
        std::string(kSelectSale) + "WHERE s.state <> 'draft' AND s.retired = 0 ORDER BY s.sale_id";
    Catalogue catalogue;
    catalogue.lease = setting(connection, "lease_ms", catalogue.lease);
    catalogue.lease_margin = setting(connection, "lease_margin_ms", catalogue.lease_margin);
    catalogue.now = now;
    auto row = connection.prepare(sql);
    while (row.next()) catalogue.sales.push_back(read_sale(row).sale);
    return catalogue;
}

Result<SaleSnapshot> read_snapshot(
    Connection& connection, const SnapshotQuery& query, WallTime now
) {
    auto sale = find_sale_row(connection, query.sale);
    if (!sale) return no_such_sale(query.sale);
    SaleSnapshot snapshot;
    snapshot.sale = std::move(sale->sale);
    snapshot.version = sale->version;
    snapshot.sealed_epoch = sale->sealed_epoch;
    snapshot.now = now;
    const auto orders = distinct(query.orders);
    read_orders(connection, orders, snapshot);
    read_deferred(connection, orders, snapshot);
    read_unmatched(connection, orders, snapshot);
    read_totals(connection, query.buyers, snapshot);
    return snapshot;
}

Result<GateImage> read_gate_image(Connection& connection, SaleId sale, Epoch epoch) {
    const auto row = find_sale_row(connection, sale);
    if (!row) return no_such_sale(sale);
    if (row->sale.epoch != epoch) {
        return fail(Code::kConflict, "epoch " + std::to_string(row->sale.epoch.value()));
    }
    if (next(row->sealed_epoch) < epoch) {
        return fail(Code::kConflict, "not sealed up to the epoch before");
    }
    auto image = image_of(*row);
    read_held(connection, image);
    read_finished(connection, image);
    read_bought(connection, image);
    return image;
}

}  // namespace sluice
