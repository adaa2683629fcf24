#include "adapters/mariadb/ledger_epoch.h"

#include "adapters/mariadb/rows.h"

namespace sluice::maria {
namespace {

bool has_row(Connection& connection, std::string_view sql, SaleId sale) {
    auto row = connection.prepare(sql);
    return row.query(sale).next();
}

Error other_epoch(Epoch actual) {
    return fail(Code::kConflict, "the sale is at epoch " + std::to_string(actual.value()));
}

// The sale with its stock row locked.
std::optional<SaleRow> find_locked(Connection& connection, SaleId sale) {
    if (!lock_stock(connection, sale)) return std::nullopt;
    return find_sale_row(connection, sale);
}

}  // namespace

Result<Epoch> begin_next_epoch(Connection& connection, SaleId sale) {
    const auto row = find_locked(connection, sale);
    if (!row) return no_such_sale(sale);
    if (row->sale.retired) return fail(Code::kEnded, "the sale is retired");
    connection.run("UPDATE sale_stock SET epoch = epoch + 1 WHERE sale_id = ?", sale);
    connection.run("UPDATE sales SET gate_state = 'recovering' WHERE sale_id = ?", sale);
    return next(row->sale.epoch);
}

Result<Done> open_gate_of(Connection& connection, SaleId sale, Epoch epoch) {
    const auto row = find_locked(connection, sale);
    if (!row) return no_such_sale(sale);
    if (row->sale.epoch != epoch) return other_epoch(row->sale.epoch);
    connection.run("UPDATE sales SET gate_state = 'open' WHERE sale_id = ?", sale);
    return Done{};
}

Result<Done> retire_sale_of(Connection& connection, SaleId sale, Epoch epoch) {
    const auto row = find_locked(connection, sale);
    if (!row) return no_such_sale(sale);
    if (row->sale.retired) return Done{};
    if (row->sale.epoch != epoch) return other_epoch(row->sale.epoch);
    if (row->sale.state != SaleState::kClosed) {
        return fail(Code::kConflict, "the sale is not closed");
    }
    // The index holds only what awaits payment (of all sales) behind its NULLs.
    const auto* awaiting =
        "SELECT 1 FROM orders FORCE INDEX (orders_due)"
        " WHERE due_at IS NOT NULL AND sale_id = ? LIMIT 1";
    if (has_row(connection, awaiting, sale)) {
        return fail(Code::kConflict, "orders await payment");
    }
    if (has_row(connection, "SELECT 1 FROM deferred_orders WHERE sale_id = ? LIMIT 1", sale)) {
        return fail(Code::kConflict, "orders are deferred");
    }
    connection.run("UPDATE sales SET retired = 1 WHERE sale_id = ?", sale);
    return Done{};
}

}  // namespace sluice::maria
