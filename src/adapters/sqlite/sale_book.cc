#include "adapters/sqlite/sale_book.h"

#include "adapters/sqlite/invalidation_outbox.h"
#include "adapters/sqlite/ledger_rows.h"
#include "adapters/sql/shop_rows.h"
#include "domain/page_keys.h"

namespace sluice {
namespace {

SaleId next_sale_id(Connection& connection) {
    auto row = connection.prepare("SELECT COALESCE(MAX(sale_id), 0) + 1 FROM sales");
    row.next();
    return row.get<SaleId>(0);
}

void insert_sale(Connection& connection, SaleId id, const NewSale& sale) {
    // A direct sale has no gate that could have to recover.
    const auto gate = sale.mode == SaleMode::kDirect ? GateState::kOpen : GateState::kRecovering;
    connection.run(
        "INSERT INTO sales (sale_id, goods_id, mode, state, gate_state, revision, limit_per_buyer,"
        " opens_at, closes_at, price, currency, payment_window, late_payment, partition,"
        " secret_number)"
        " VALUES (?1, ?2, ?3, 'draft', ?4, 1, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        id, sale.goods, to_string(sale.mode), to_string(gate), sale.limit_per_buyer, sale.opens_at,
        sale.closes_at, sale.terms.price, sale.terms.currency, sale.terms.payment_window,
        to_string(sale.late_payment), partition_of(id, sale.partitions), sale.secret_number
    );
}

void insert_stock(Connection& connection, SaleId id, Units units, WallTime now) {
    connection.run(
        "INSERT INTO sale_stock (sale_id, total, available, version, epoch, sealed_epoch)"
        " VALUES (?1, ?2, ?2, 1, 1, 0)",
        id, units
    );
    connection.run(
        "INSERT INTO stock_movements (sale_id, version, kind, units, available_after, at)"
        " VALUES (?1, 1, ?2, ?3, ?3, ?4)",
        id, to_string(MovementKind::kStock), units, now
    );
}

Result<SaleId> write_sale(
    Connection& connection, const NewSale& sale, const AuditNote& note, WallTime now
) {
    if (sale.units < 1 || sale.units > kStockUnitsMax) return fail(Code::kInvalidField, "units");
    if (sale.partitions < 1) return fail(Code::kInvalidField, "partitions");
    if (sale.id && sale.id->value() == 0) return fail(Code::kInvalidField, "id");
    if (!sql::row_exists(connection, "SELECT 1 FROM goods WHERE goods_id = ?1", sale.goods.value())) {
        return fail(Code::kNotFound, "no goods " + std::to_string(sale.goods.value()));
    }
    const auto id = sale.id ? *sale.id : next_sale_id(connection);
    if (sql::row_exists(connection, "SELECT 1 FROM sales WHERE sale_id = ?1", id.value())) {
        return fail(Code::kConflict, "sale " + std::to_string(id.value()) + " exists");
    }
    insert_sale(connection, id, sale);
    insert_stock(connection, id, sale.units, now);
    write_note(connection, now, note);
    write_invalidation(connection, sale_page_key(id));
    return id;
}

Result<Sale> write_sale_state(
    Connection& connection, SaleId id, SaleState to, const AuditNote& note, WallTime now
) {
    auto row = find_sale_row(connection, id);
    if (!row) return no_such_sale(id);
    auto& sale = row->sale;
    if (sale.state == to) return std::move(sale);
    if (!may_become(sale.state, to)) {
        const auto from = std::string(to_string(sale.state));
        return fail(Code::kConflict, "from " + from + " to " + std::string(to_string(to)));
    }
    connection.run(
        "UPDATE sales SET state = ?2, revision = revision + 1 WHERE sale_id = ?1 AND state = ?3",
        id, to_string(to), to_string(sale.state)
    );
    write_note(connection, now, note);
    write_invalidation(connection, sale_page_key(id));
    sale.state = to;
    sale.revision = next(sale.revision);
    return std::move(sale);
}

}  // namespace

Task<Result<SaleId>> SqliteSaleBook::create_sale(NewSale sale, AuditNote note, Deadline deadline) {
    auto work = [sale = std::move(sale), note = std::move(note)](
                    Connection& connection, WallTime now
                ) { return write_sale(connection, sale, note, now); };
    return calls_.write<SaleId>(deadline, std::move(work));
}

Task<Result<std::optional<Sale>>> SqliteSaleBook::find_sale(SaleId sale, Deadline deadline) {
    using Row = std::optional<Sale>;
    auto work = [sale](Connection& connection, WallTime) -> Result<Row> {
        auto row = find_sale_row(connection, sale);
        return row ? Row{std::move(row->sale)} : Row{};
    };
    return calls_.read<Row>(deadline, std::move(work));
}

Task<Result<std::optional<SalePage>>> SqliteSaleBook::find_sale_page(
    SaleId sale, Deadline deadline
) {
    using Page = std::optional<SalePage>;
    auto work = [sale](Connection& connection, WallTime) -> Result<Page> {
        auto row = find_sale_row(connection, sale);
        if (!row) return Page{};
        auto goods = sql::find_goods_row(connection, row->sale.goods);  // by foreign keys both are there
        auto shop = sql::find_shop_row(connection, goods.value().shop);
        return Page{SalePage{std::move(row->sale), std::move(*goods), std::move(shop.value())}};
    };
    return calls_.read<Page>(deadline, std::move(work));
}

Task<Result<std::vector<Sale>>> SqliteSaleBook::list_sales(
    std::optional<SaleState> state, SaleId after, std::size_t rows_max, Deadline deadline
) {
    using Rows = std::vector<Sale>;
    auto work = [state, after, rows_max](Connection& connection, WallTime) -> Result<Rows> {
        static const std::string sql =
            std::string(kSelectSale) +
            "WHERE s.sale_id > ?1 AND (?2 IS NULL OR s.state = ?2) ORDER BY s.sale_id LIMIT ?3";
        const auto wanted =
            state ? std::optional<std::string_view>{to_string(*state)} : std::nullopt;
        const auto read = [](const Statement& row) { return read_sale(row).sale; };
        return sql::read_all(connection, sql, read, after, wanted, rows_max);
    };
    return calls_.read<Rows>(deadline, std::move(work));
}

Task<Result<Sale>> SqliteSaleBook::set_sale_state(
    SaleId sale, SaleState to, AuditNote note, Deadline deadline
) {
    auto work = [sale, to, note = std::move(note)](Connection& connection, WallTime now) {
        return write_sale_state(connection, sale, to, note, now);
    };
    return calls_.write<Sale>(deadline, std::move(work));
}

}  // namespace sluice
