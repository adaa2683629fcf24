#include "adapters/mariadb/ledger_snapshot.h"

#include <algorithm>

#include "adapters/mariadb/batches.h"
#include "adapters/mariadb/rows.h"

namespace sluice::maria {
namespace {

template <class T>
std::vector<T> distinct(std::vector<T> values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

// read(row) for each row that `sql` finds of the sale and these values, a list at a time.
template <class T, class Read>
void read_listed(
    Connection& connection, const BatchSql& sql, SaleId sale, const std::vector<T>& values,
    Read read
) {
    in_lists(values.size(), [&](std::size_t first, std::size_t count) {
        const auto size = padded(count);
        auto row = connection.prepare(sql.text(size));
        row.add(sale);
        for (std::size_t i = 0; i < size; ++i) row.add(values[first + std::min(i, count - 1)]);
        row.execute();
        while (row.next()) read(row);
        return true;
    });
}

// The sale with what tells that a look at another table is not needed: deferred orders and
// unmatched payments are rare.
struct Head {
    SaleRow row;
    bool any_deferred = false;
    bool any_unmatched = false;
    WallTime now;
};

std::optional<Head> read_head(Connection& connection, SaleId sale) {
    static const std::string sql =
        std::string("SELECT ")
            .append(kSaleColumns)
            .append(", EXISTS (SELECT 1 FROM deferred_orders d WHERE d.sale_id = s.sale_id)")
            .append(", EXISTS (SELECT 1 FROM payments p WHERE p.state = 'unmatched'), ")
            .append(kNowMs)
            .append(kFromSales)
            .append("WHERE s.sale_id = ?");
    auto row = connection.prepare(sql);
    if (!row.query(sale).next()) return std::nullopt;
    Head head;
    head.row = read_sale(row);
    head.any_deferred = row.get<bool>(kSaleColumnCount);
    head.any_unmatched = row.get<bool>(kSaleColumnCount + 1);
    head.now = row.get<WallTime>(kSaleColumnCount + 2);
    return head;
}

// The index is named: with statistics from before the sale the server may prefer to read all of it.
void read_orders(Connection& connection, const std::vector<OrderId>& ids, SaleSnapshot& out) {
    static const BatchSql sql(
        std::string(kSelectOrder) +
            "FORCE INDEX (orders_by_id) WHERE sale_id = ? AND order_id IN (",
        "?", ")"
    );
    read_listed(connection, sql, out.sale.id, ids, [&](const Statement& row) {
        out.orders.push_back(read_order(row));
    });
}

void read_deferred(Connection& connection, const std::vector<OrderId>& ids, SaleSnapshot& out) {
    static const BatchSql sql(
        std::string(kSelectDeferredOrder) + "WHERE sale_id = ? AND order_id IN (", "?", ")"
    );
    read_listed(connection, sql, out.sale.id, ids, [&](const Statement& row) {
        out.deferred.push_back(read_deferred_order(row));
    });
}

void read_unmatched(Connection& connection, const std::vector<OrderId>& ids, SaleSnapshot& out) {
    static const BatchSql sql(
        "SELECT payment_id FROM payments WHERE awaited_order IN (", "?",
        ") ORDER BY awaited_order, payment_id"
    );
    in_lists(ids.size(), [&](std::size_t first, std::size_t count) {
        const auto size = padded(count);
        auto row = connection.prepare(sql.text(size));
        for (std::size_t i = 0; i < size; ++i) row.add(ids[first + std::min(i, count - 1)]);
        row.execute();
        while (row.next()) out.unmatched.push_back(row.get<PaymentId>(0));
        return true;
    });
}

void read_totals(Connection& connection, std::vector<BuyerId> buyers, SaleSnapshot& out) {
    for (const auto& order : out.orders) buyers.push_back(order.buyer);
    static const BatchSql sql(
        "SELECT buyer, bought FROM buyer_totals FORCE INDEX (PRIMARY)"
        " WHERE sale_id = ? AND buyer IN (",
        "?", ")"
    );
    const auto all = distinct(std::move(buyers));
    read_listed(connection, sql, out.sale.id, all, [&](const Statement& row) {
        out.bought.push_back({row.get<BuyerId>(0), row.get<Units>(1)});
    });
}

void read_settings(Connection& connection, Catalogue& catalogue) {
    auto row = connection.prepare("SELECT name, value FROM settings");
    row.execute();
    while (row.next()) {
        const auto name = row.view(0);
        if (name == "lease_ms") catalogue.lease = row.get<Millis>(1);
        if (name == "lease_margin_ms") catalogue.lease_margin = row.get<Millis>(1);
    }
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
    static const std::string sql = std::string(kSelectDeferredOrder) + "WHERE sale_id = ?";
    auto row = connection.prepare(sql);
    row.query(image.sale);
    while (row.next()) {
        auto deferred = read_deferred_order(row);
        image.held.push_back({std::move(deferred.order), deferred.due_at, 0});
    }
}

// There may be a million: rows come one by one from the wire.
void read_finished(Connection& connection, GateImage& image) {
    auto row = connection.prepare(
        "SELECT order_id, state, quantity FROM orders FORCE INDEX (PRIMARY)"
        " WHERE sale_id = ? ORDER BY place"
    );
    row.query(image.sale);
    while (row.next()) {
        const auto letter = letter_of(row.get_parsed(1, parse_order_state));
        image.finished.push_back({row.get<OrderId>(0), letter, row.get<Units>(2)});
    }
}

void read_bought(Connection& connection, GateImage& image) {
    auto row = connection.prepare("SELECT buyer, bought FROM buyer_totals WHERE sale_id = ?");
    row.query(image.sale);
    while (row.next()) image.bought.push_back({row.get<BuyerId>(0), row.get<Units>(1)});
}

}  // namespace

Result<Catalogue> read_sale_catalogue(Connection& connection) {
    Catalogue catalogue;
    {
        static const std::string sql = std::string("SELECT @@GLOBAL.read_only, ").append(kNowMs);
        auto row = connection.prepare(sql);
        row.execute();
        if (!row.next() || row.get<bool>(0)) {
            return fail(Code::kUnavailable, "the server is read-only: it is not the primary");
        }
        catalogue.now = row.get<WallTime>(1);
    }
    read_settings(connection, catalogue);
    static const std::string sql = std::string("SELECT ")
                                       .append(kSaleColumns)
                                       .append(kFromSales)
                                       .append(
                                           "WHERE s.state <> 'draft' AND s.retired = 0"
                                           " ORDER BY s.sale_id"
                                       );
    auto row = connection.prepare(sql);
    row.execute();
    while (row.next()) catalogue.sales.push_back(read_sale(row).sale);
    return catalogue;
}

Result<SaleSnapshot> read_snapshot(Connection& connection, const SnapshotQuery& query) {
    auto head = read_head(connection, query.sale);
    if (!head) return no_such_sale(query.sale);
    SaleSnapshot snapshot;
    snapshot.sale = std::move(head->row.sale);
    snapshot.version = head->row.version;
    snapshot.sealed_epoch = head->row.sealed_epoch;
    snapshot.now = head->now;
    auto orders = distinct(query.orders);
    if (head->any_unmatched) read_unmatched(connection, orders, snapshot);
    // One of another sale cannot have a row here.
    std::erase_if(orders, [&](const OrderId& id) { return id.sale() != query.sale; });
    read_orders(connection, orders, snapshot);
    if (head->any_deferred) read_deferred(connection, orders, snapshot);
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

}  // namespace sluice::maria
