#include "adapters/mariadb/sale_book.h"

#include "adapters/mariadb/invalidation_outbox.h"
#include "adapters/mariadb/rows.h"
#include "adapters/sql/shop_rows.h"
#include "domain/page_keys.h"

namespace sluice {
namespace {

using maria::Connection;

// Whoever creates a sale waits here for whoever is creating another one.
SaleId next_sale_id(Connection& connection) {
    {
        auto turn =
            connection.prepare("SELECT value FROM settings WHERE name = 'sale_numbers' FOR UPDATE");
        turn.execute();
        while (turn.next()) {
        }
    }
    auto row =
        connection.prepare("SELECT CAST(COALESCE(MAX(sale_id), 0) + 1 AS SIGNED) FROM sales");
    row.execute();
    return row.next() ? row.get<SaleId>(0) : SaleId{1};
}

void insert_sale(Connection& connection, SaleId id, const NewSale& sale) {
    // A direct sale has no gate that could have to recover.
    const auto gate = sale.mode == SaleMode::kDirect ? GateState::kOpen : GateState::kRecovering;
    connection.run(
        "INSERT INTO sales (sale_id, goods_id, mode, state, gate_state, revision, limit_per_buyer,"
        " opens_at, closes_at, price, currency, payment_window, late_payment, queue_partition,"
        " secret_number) VALUES (?, ?, ?, 'draft', ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id, sale.goods, to_string(sale.mode), to_string(gate), sale.limit_per_buyer, sale.opens_at,
        sale.closes_at, sale.terms.price, sale.terms.currency, sale.terms.payment_window,
        to_string(sale.late_payment), id.value() % sale.partitions, sale.secret_number
    );
}

void insert_stock(Connection& connection, SaleId id, Units units, WallTime now) {
    connection.run(
        "INSERT INTO sale_stock (sale_id, total, available, version, epoch, sealed_epoch)"
        " VALUES (?, ?, ?, 1, 1, 0)",
        id, units, units
    );
    connection.run(
        "INSERT INTO stock_movements (sale_id, version, kind, units, available_after, at)"
        " VALUES (?, 1, ?, ?, ?, ?)",
        id, to_string(MovementKind::kStock), units, units, now
    );
}

Result<SaleId> write_sale(Connection& connection, const NewSale& sale, const AuditNote& note) {
    if (sale.units < 1 || sale.units > kStockUnitsMax) return fail(Code::kInvalidField, "units");
    if (sale.partitions < 1) return fail(Code::kInvalidField, "partitions");
    if (sale.id && sale.id->value() == 0) return fail(Code::kInvalidField, "id");
    if (!sql::row_exists(connection, "SELECT 1 FROM goods WHERE goods_id = ?", sale.goods.value())) {
        return fail(Code::kNotFound, "no goods " + std::to_string(sale.goods.value()));
    }
    const auto next_id = next_sale_id(connection);
    const auto id = sale.id.value_or(next_id);
    if (sql::row_exists(connection, "SELECT 1 FROM sales WHERE sale_id = ?", id.value())) {
        return fail(Code::kConflict, "sale " + std::to_string(id.value()) + " exists");
    }
    const auto now = maria::read_now(connection);
    insert_sale(connection, id, sale);
    insert_stock(connection, id, sale.units, now);
    maria::write_note(connection, now, note);
    maria::write_invalidation(connection, sale_page_key(id));
    return id;
}

Result<Sale> write_sale_state(
    Connection& connection, SaleId id, SaleState to, const AuditNote& note
) {
    sql::row_exists(
        connection, "SELECT 1 FROM sales WHERE sale_id = ? FOR UPDATE", id.value()
    );  // locks it
    auto row = maria::find_sale_row(connection, id);
    if (!row) return maria::no_such_sale(id);
    auto& sale = row->sale;
    if (sale.state == to) return std::move(sale);
    if (!may_become(sale.state, to)) {
        const auto from = std::string(to_string(sale.state));
        return fail(Code::kConflict, "from " + from + " to " + std::string(to_string(to)));
    }
    connection.run(
        "UPDATE sales SET state = ?, revision = revision + 1 WHERE sale_id = ? AND state = ?",
        to_string(to), id, to_string(sale.state)
    );
    maria::write_note(connection, maria::read_now(connection), note);
    maria::write_invalidation(connection, sale_page_key(id));
    sale.state = to;
    sale.revision = next(sale.revision);
    return std::move(sale);
}

}  // namespace

Task<Result<SaleId>> MariaSaleBook::create_sale(NewSale sale, AuditNote note, Deadline deadline) {
    auto work = [sale = std::move(sale), note = std::move(note)](Connection& connection) {
        return write_sale(connection, sale, note);
    };
    return pool_.write<SaleId>(deadline, std::move(work));
}

Task<Result<std::optional<Sale>>> MariaSaleBook::find_sale(SaleId sale, Deadline deadline) {
    using Row = std::optional<Sale>;
    auto work = [sale](Connection& connection) -> Result<Row> {
        auto row = maria::find_sale_row(connection, sale);
        return row ? Row{std::move(row->sale)} : Row{};
    };
    return pool_.read<Row>(deadline, std::move(work));
}

Task<Result<std::optional<SalePage>>> MariaSaleBook::find_sale_page(
    SaleId sale, Deadline deadline
) {
    using Page = std::optional<SalePage>;
    auto work = [sale](Connection& connection) -> Result<Page> {
        auto row = maria::find_sale_row(connection, sale);
        if (!row) return Page{};
        auto goods = sql::find_goods_row(connection, row->sale.goods);  // by foreign keys
        auto shop = sql::find_shop_row(connection, goods.value().shop);
        return Page{SalePage{std::move(row->sale), std::move(*goods), std::move(shop.value())}};
    };
    return pool_.read<Page>(deadline, std::move(work));
}

Task<Result<std::vector<Sale>>> MariaSaleBook::list_sales(
    std::optional<SaleState> state, SaleId after, std::size_t rows_max, Deadline deadline
) {
    using Rows = std::vector<Sale>;
    auto work = [state, after, rows_max](Connection& connection) -> Result<Rows> {
        std::string sql = std::string("SELECT ")
                              .append(maria::kSaleColumns)
                              .append(maria::kFromSales)
                              .append("WHERE s.sale_id > ?");
        if (state) sql += " AND s.state = ?";
        auto row = connection.prepare(sql + " ORDER BY s.sale_id LIMIT ?");
        row.add(after);
        if (state) row.add(to_string(*state));
        row.add(rows_max).execute();
        Rows sales;
        while (row.next()) sales.push_back(maria::read_sale(row).sale);
        return sales;
    };
    return pool_.read<Rows>(deadline, std::move(work));
}

Task<Result<Sale>> MariaSaleBook::set_sale_state(
    SaleId sale, SaleState to, AuditNote note, Deadline deadline
) {
    auto work = [sale, to, note = std::move(note)](Connection& connection) {
        return write_sale_state(connection, sale, to, note);
    };
    return pool_.write<Sale>(deadline, std::move(work));
}

}  // namespace sluice
