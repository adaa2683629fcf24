#include "adapters/sqlite/order_book.h"

#include <utility>

#include "adapters/sqlite/ledger_rows.h"

namespace sluice {
namespace {

template <class Enum>
std::optional<std::string_view> text_of(const std::optional<Enum>& value) {
    if (!value) return std::nullopt;
    return to_string(*value);
}

// Only the conditions that are asked for, so that each combination has its own plan; ids of a sale
// sort together, so (sale_id, order_id) is the order of the ids themselves.
std::string select_orders(const OrderFilter& filter) {
    std::string sql(kSelectOrder);
    std::string_view glue = "WHERE ";
    const auto add = [&](bool wanted, std::string_view condition) {
        if (!wanted) return;
        sql.append(glue).append(condition);
        glue = " AND ";
    };
    add(filter.sale.has_value(), "sale_id = ?1");
    add(filter.buyer.has_value(), "buyer = ?2");
    add(filter.state.has_value(), "state = ?3");
    add(filter.after.has_value(), "(sale_id, order_id) > (?4, ?5)");
    return sql + " ORDER BY sale_id, order_id LIMIT ?6";
}

std::vector<OrderRow> read_orders(Connection& connection, const OrderFilter& filter) {
    const auto after = filter.after.value_or(OrderId{});
    auto row = connection.prepare(select_orders(filter));
    row.query(
        filter.sale, filter.buyer, text_of(filter.state), after.sale(), after, filter.rows_max
    );
    std::vector<OrderRow> orders;
    while (row.next()) orders.push_back(read_order(row));
    return orders;
}

void read_dead_orders(Connection& connection, const DeadLetterFilter& filter, DeadLetters& out) {
    static const std::string sql =
        std::string(kSelectDeferredOrder) +
        "WHERE (?1 IS NULL OR sale_id = ?1) AND (?2 IS NULL OR state = ?2)"
        " ORDER BY first_failed_at, sale_id, order_id LIMIT ?3";
    auto row = connection.prepare(sql);
    row.query(filter.sale, text_of(filter.state), filter.rows_max);
    while (row.next()) out.orders.push_back(read_deferred_order(row));
}

void read_dead_work(Connection& connection, const DeadLetterFilter& filter, DeadLetters& out) {
    static const std::string sql =
        std::string(kSelectDeferredWork) +
        "WHERE (?1 IS NULL OR sale_id = ?1) AND (?2 IS NULL OR state = ?2)"
        " AND (?3 IS NULL OR kind = ?3) ORDER BY first_failed_at, kind, key LIMIT ?4";
    auto row = connection.prepare(sql);
    row.query(filter.sale, text_of(filter.state), text_of(filter.kind), filter.rows_max);
    while (row.next()) out.work.push_back(read_deferred_work(row));
}

Result<StockFigures> read_figures(Connection& connection, SaleId sale) {
    auto row = connection.prepare(
        "SELECT total, available, awaiting_payment, orders, cancelled_orders, rejected_orders"
        " FROM sale_stock WHERE sale_id = ?1"
    );
    if (!row.query(sale).next()) return no_such_sale(sale);
    StockFigures figures;
    figures.total = row.get<Units>(0);
    figures.available = row.get<Units>(1);
    figures.awaiting_payment = row.get<Units>(2);
    figures.paid = figures.total - figures.available - figures.awaiting_payment;  // law L2
    figures.orders = row.get<std::uint64_t>(3);
    figures.cancelled_orders = row.get<std::uint64_t>(4);
    figures.rejected_orders = row.get<std::uint64_t>(5);
    return figures;
}

}  // namespace

Task<Result<std::optional<OrderRow>>> SqliteOrderBook::find_order(OrderId order, Deadline deadline) {
    using Row = std::optional<OrderRow>;
    auto work = [order](Connection& connection, WallTime) -> Result<Row> {
        return find_order_row(connection, order);
    };
    return calls_.read<Row>(deadline, std::move(work));
}

Task<Result<std::optional<DeferredOrder>>> SqliteOrderBook::find_deferred(
    OrderId order, Deadline deadline
) {
    using Row = std::optional<DeferredOrder>;
    auto work = [order](Connection& connection, WallTime) -> Result<Row> {
        return find_deferred_row(connection, order);
    };
    return calls_.read<Row>(deadline, std::move(work));
}

Task<Result<std::vector<OrderRow>>> SqliteOrderBook::list_orders(
    OrderFilter filter, Deadline deadline
) {
    using Rows = std::vector<OrderRow>;
    auto work = [filter = std::move(filter)](Connection& connection, WallTime) -> Result<Rows> {
        return read_orders(connection, filter);
    };
    return calls_.read<Rows>(deadline, std::move(work));
}

Task<Result<DeadLetters>> SqliteOrderBook::list_dead_letters(
    DeadLetterFilter filter, Deadline deadline
) {
    auto work = [filter = std::move(filter)](Connection& connection, WallTime) -> Result<DeadLetters> {
        DeadLetters letters;
        if (filter.orders) read_dead_orders(connection, filter, letters);
        if (filter.work) read_dead_work(connection, filter, letters);
        return letters;
    };
    return calls_.read<DeadLetters>(deadline, std::move(work));
}

Task<Result<std::optional<PaymentRow>>> SqliteOrderBook::find_payment(
    PaymentId payment, Deadline deadline
) {
    using Row = std::optional<PaymentRow>;
    auto work = [payment = std::move(payment)](Connection& connection, WallTime) -> Result<Row> {
        return find_payment_row(connection, payment);
    };
    return calls_.read<Row>(deadline, std::move(work));
}

Task<Result<StockFigures>> SqliteOrderBook::stock_figures(SaleId sale, Deadline deadline) {
    auto work = [sale](Connection& connection, WallTime) { return read_figures(connection, sale); };
    return calls_.read<StockFigures>(deadline, std::move(work));
}

}  // namespace sluice
