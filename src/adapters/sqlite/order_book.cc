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

void count(StockFigures& figures, OrderState state, std::uint64_t rows, Units units) {
    figures.orders += rows;
    switch (state) {
        case OrderState::kAwaitingPayment:
            figures.awaiting_payment += units;
            break;
        case OrderState::kPaid:
            figures.paid += units;
            break;
        case OrderState::kCancelled:
            figures.cancelled_orders += rows;
            break;
        case OrderState::kRejected:
            figures.rejected_orders += rows;
            break;
        case OrderState::kHeld:
            break;  // never a row
    }
}

Result<StockFigures> read_figures(Connection& connection, SaleId sale) {
    const auto stock = find_sale_row(connection, sale);
    if (!stock) return no_such_sale(sale);
    StockFigures figures;
    figures.total = stock->sale.total;
    figures.available = stock->sale.available;
    auto row = connection.prepare(
        "SELECT state, COUNT(*), SUM(quantity) FROM orders"
        " WHERE number BETWEEN ?1 << 31 AND (?1 << 31) + 2147483647 GROUP BY state"
    );
    row.query(sale);
    while (row.next()) {
        const auto state = row.get_parsed(0, parse_order_state);
        count(figures, state, row.get<std::uint64_t>(1), row.get<Units>(2));
    }
    return figures;
}

}  // namespace

Task<Result<std::optional<OrderRow>>> SqliteOrderBook::find_order(OrderId order, Deadline) {
    using Row = std::optional<OrderRow>;
    return store_.read<Row>([order](Connection& connection) -> Result<Row> {
        return find_order_row(connection, order);
    });
}

Task<Result<std::optional<DeferredOrder>>> SqliteOrderBook::find_deferred(OrderId order, Deadline) {
    using Row = std::optional<DeferredOrder>;
    return store_.read<Row>([order](Connection& connection) -> Result<Row> {
        return find_deferred_row(connection, order);
    });
}

Task<Result<std::vector<OrderRow>>> SqliteOrderBook::list_orders(OrderFilter filter, Deadline) {
    using Rows = std::vector<OrderRow>;
    return store_.read<Rows>([filter = std::move(filter)](Connection& connection) -> Result<Rows> {
        return read_orders(connection, filter);
    });
}

Task<Result<DeadLetters>> SqliteOrderBook::list_dead_letters(DeadLetterFilter filter, Deadline) {
    auto work = [filter = std::move(filter)](Connection& connection) -> Result<DeadLetters> {
        DeadLetters letters;
        if (filter.orders) read_dead_orders(connection, filter, letters);
        if (filter.work) read_dead_work(connection, filter, letters);
        return letters;
    };
    return store_.read<DeadLetters>(std::move(work));
}

Task<Result<std::optional<PaymentRow>>> SqliteOrderBook::find_payment(PaymentId payment, Deadline) {
    using Row = std::optional<PaymentRow>;
    return store_.read<Row>([payment = std::move(payment)](Connection& connection) -> Result<Row> {
        return find_payment_row(connection, payment);
    });
}

Task<Result<StockFigures>> SqliteOrderBook::stock_figures(SaleId sale, Deadline) {
    return store_.read<StockFigures>([sale](Connection& connection) {
        return read_figures(connection, sale);
    });
}

}  // namespace sluice
