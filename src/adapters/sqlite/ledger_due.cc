#include "adapters/sqlite/ledger_due.h"

#include "adapters/sqlite/ledger_rows.h"

namespace sluice {
namespace {

// An order whose expiry failed has its own row and tiers; the sweeper must not try it each second.
// Such rows are few, so each candidate is looked up rather than joined.
void read_due_deadlines(Connection& connection, std::size_t rows_max, DueWork& due) {
    auto row = connection.prepare(
        "SELECT sale_id, order_id FROM orders INDEXED BY orders_due"
        " WHERE state = 'awaiting_payment' AND COALESCE(extended_until, deadline_at) <= ?1"
        " ORDER BY COALESCE(extended_until, deadline_at)"
    );
    row.query(due.now);
    while (due.deadlines.size() < rows_max && row.next()) {
        const DueOrder order{row.get<SaleId>(0), row.get<OrderId>(1)};
        if (find_work_row(connection, WorkKind::kExpiry, order.order.text())) continue;
        due.deadlines.push_back(order);
    }
}

void read_due_orders(Connection& connection, std::size_t rows_max, DueWork& due) {
    static const std::string sql =
        std::string(kSelectDeferredOrder) +
        "WHERE state = 'parked' AND due_at <= ?1 ORDER BY due_at LIMIT ?2";
    auto row = connection.prepare(sql);
    row.query(due.now, rows_max);
    while (row.next()) due.orders.push_back(read_deferred_order(row));
}

void read_due_work(Connection& connection, std::size_t rows_max, DueWork& due) {
    static const std::string sql =
        std::string(kSelectDeferredWork) +
        "WHERE state = 'parked' AND due_at <= ?1 ORDER BY due_at LIMIT ?2";
    auto row = connection.prepare(sql);
    row.query(due.now, rows_max);
    while (row.next()) due.work.push_back(read_deferred_work(row));
}

// Likewise a payment that could not be applied has its own row and tiers.
void read_unmatched_payments(Connection& connection, std::size_t rows_max, DueWork& due) {
    auto row = connection.prepare(
        "SELECT payment_id FROM payments WHERE state = 'unmatched'"
        " AND NOT EXISTS (SELECT 1 FROM deferred_work WHERE kind = 'payment' AND key = payment_id)"
        " ORDER BY received_at, payment_id LIMIT ?1"
    );
    row.query(rows_max);
    while (row.next()) due.payments.push_back(row.get<PaymentId>(0));
}

}  // namespace

DueWork read_due(Connection& connection, DueKind kind, std::size_t rows_max, WallTime now) {
    DueWork due;
    due.now = now;
    switch (kind) {
        case DueKind::kPaymentDeadlines:
            read_due_deadlines(connection, rows_max, due);
            break;
        case DueKind::kDeferredOrders:
            read_due_orders(connection, rows_max, due);
            break;
        case DueKind::kDeferredWork:
            read_due_work(connection, rows_max, due);
            break;
        case DueKind::kUnmatchedPayments:
            read_unmatched_payments(connection, rows_max, due);
            break;
    }
    return due;
}

void upsert_work(Connection& connection, const DeferredWork& work) {
    connection.run(
        "INSERT INTO deferred_work"
        " (kind, key, sale_id, state, attempt, due_at, first_failed_at, last_error)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        " ON CONFLICT (kind, key) DO UPDATE SET state = excluded.state,"
        " attempt = excluded.attempt, due_at = excluded.due_at, last_error = excluded.last_error",
        to_string(work.kind), work.key, work.sale, to_string(work.state), work.attempt, work.due_at,
        work.first_failed_at, work.last_error
    );
}

void finish_work_row(
    Connection& connection, WorkKind kind, const std::string& key,
    const std::optional<AuditNote>& note, WallTime now
) {
    connection.run("DELETE FROM deferred_work WHERE kind = ?1 AND key = ?2", to_string(kind), key);
    if (note) write_note(connection, now, *note);
}

}  // namespace sluice
