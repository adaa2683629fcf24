#include "adapters/mariadb/order_book.h"

#include <utility>

#include "adapters/mariadb/rows.h"

namespace sluice {
namespace {

using maria::Connection;
using maria::Row;

// A SELECT with only the conditions that are asked for, so that each combination has its own plan.
class Conditions {
public:
    explicit Conditions(std::string select) : sql_(std::move(select)) {}
    void add(bool wanted, std::string_view condition) {
        if (!wanted) return;
        sql_.append(glue_).append(condition);
        glue_ = " AND ";
    }
    std::string end(std::string_view text) && { return std::move(sql_.append(text)); }

private:
    std::string sql_;
    std::string_view glue_ = "WHERE ";
};

// Ids of a sale sort together, so (sale_id, order_id) is the order of the ids themselves. The two
// halves of the cursor's condition are two ranges of one index.
std::string select_orders(const OrderFilter& filter) {
    const auto* index =
        filter.buyer ? "FORCE INDEX (orders_of_buyer) " : "FORCE INDEX (orders_by_id) ";
    Conditions sql(std::string(maria::kSelectOrder) + index);
    sql.add(filter.sale.has_value(), "sale_id = ?");
    sql.add(filter.buyer.has_value(), "buyer = ?");
    sql.add(filter.state.has_value(), "state = ?");
    sql.add(filter.after.has_value(), "((sale_id = ? AND order_id > ?) OR sale_id > ?)");
    return std::move(sql).end(" ORDER BY sale_id, order_id LIMIT ?");
}

std::vector<OrderRow> read_orders(Connection& connection, const OrderFilter& filter) {
    auto row = connection.prepare(select_orders(filter));
    if (filter.sale) row.add(*filter.sale);
    if (filter.buyer) row.add(*filter.buyer);
    if (filter.state) row.add(to_string(*filter.state));
    if (filter.after) row.add(filter.after->sale(), *filter.after, filter.after->sale());
    row.add(filter.rows_max).execute();
    std::vector<OrderRow> orders;
    while (row.next()) orders.push_back(maria::read_order(row));
    return orders;
}

void read_dead_orders(Connection& connection, const DeadLetterFilter& filter, DeadLetters& out) {
    Conditions sql{std::string(maria::kSelectDeferredOrder)};
    sql.add(filter.sale.has_value(), "sale_id = ?");
    sql.add(filter.state.has_value(), "state = ?");
    auto row =
        connection.prepare(std::move(sql).end(" ORDER BY first_failed_at, sale_id, order_id LIMIT ?"
        ));
    if (filter.sale) row.add(*filter.sale);
    if (filter.state) row.add(to_string(*filter.state));
    row.add(filter.rows_max).execute();
    while (row.next()) out.orders.push_back(maria::read_deferred_order(row));
}

void read_dead_work(Connection& connection, const DeadLetterFilter& filter, DeadLetters& out) {
    Conditions sql{std::string(maria::kSelectDeferredWork)};
    sql.add(filter.sale.has_value(), "sale_id = ?");
    sql.add(filter.state.has_value(), "state = ?");
    sql.add(filter.kind.has_value(), "kind = ?");
    auto row =
        connection.prepare(std::move(sql).end(" ORDER BY first_failed_at, kind, work_key LIMIT ?"));
    if (filter.sale) row.add(*filter.sale);
    if (filter.state) row.add(to_string(*filter.state));
    if (filter.kind) row.add(to_string(*filter.kind));
    row.add(filter.rows_max).execute();
    while (row.next()) out.work.push_back(maria::read_deferred_work(row));
}

Result<StockFigures> read_figures(Connection& connection, SaleId sale) {
    auto row = connection.prepare(
        "SELECT total, available, orders, cancelled_orders, rejected_orders,"
        " (SELECT CAST(COALESCE(SUM(units), 0) AS SIGNED) FROM paid_units p"
        "  WHERE p.sale_id = k.sale_id)"
        " FROM sale_stock k WHERE k.sale_id = ?"
    );
    if (!row.query(sale).next()) return maria::no_such_sale(sale);
    StockFigures figures;
    figures.total = row.get<Units>(0);
    figures.available = row.get<Units>(1);
    figures.orders = row.get<std::uint64_t>(2);
    figures.cancelled_orders = row.get<std::uint64_t>(3);
    figures.rejected_orders = row.get<std::uint64_t>(4);
    figures.paid = row.get<Units>(5);
    figures.awaiting_payment = figures.total - figures.available - figures.paid;  // law L2
    return figures;
}

}  // namespace

Task<Result<std::optional<OrderRow>>> MariaOrderBook::find_order(OrderId order, Deadline deadline) {
    using Row = std::optional<OrderRow>;
    return pool_.read<Row>(deadline, [order](Connection& connection) -> Result<Row> {
        return maria::find_order_row(connection, order);
    });
}

Task<Result<std::optional<DeferredOrder>>> MariaOrderBook::find_deferred(
    OrderId order, Deadline deadline
) {
    using Row = std::optional<DeferredOrder>;
    return pool_.read<Row>(deadline, [order](Connection& connection) -> Result<Row> {
        return maria::find_deferred_row(connection, order);
    });
}

Task<Result<std::vector<OrderRow>>> MariaOrderBook::list_orders(
    OrderFilter filter, Deadline deadline
) {
    using Rows = std::vector<OrderRow>;
    return pool_.read<Rows>(
        deadline,
        [filter = std::move(filter)](Connection& connection) -> Result<Rows> {
            return read_orders(connection, filter);
        }
    );
}

Task<Result<DeadLetters>> MariaOrderBook::list_dead_letters(
    DeadLetterFilter filter, Deadline deadline
) {
    auto work = [filter = std::move(filter)](Connection& connection) -> Result<DeadLetters> {
        DeadLetters letters;
        if (filter.orders) read_dead_orders(connection, filter, letters);
        if (filter.work) read_dead_work(connection, filter, letters);
        return letters;
    };
    return pool_.read<DeadLetters>(deadline, std::move(work));
}

Task<Result<std::optional<PaymentRow>>> MariaOrderBook::find_payment(
    PaymentId payment, Deadline deadline
) {
    using Row = std::optional<PaymentRow>;
    return pool_.read<Row>(
        deadline,
        [payment = std::move(payment)](Connection& connection) -> Result<Row> {
            return maria::find_payment_row(connection, payment);
        }
    );
}

Task<Result<StockFigures>> MariaOrderBook::stock_figures(SaleId sale, Deadline deadline) {
    return pool_.read<StockFigures>(deadline, [sale](Connection& connection) {
        return read_figures(connection, sale);
    });
}

}  // namespace sluice
