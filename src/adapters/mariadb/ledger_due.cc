#include "adapters/mariadb/ledger_due.h"

#include "adapters/mariadb/rows.h"
#include "adapters/mariadb/texts.h"

namespace sluice::maria {
namespace {

// Candidates only: each is decided again from a snapshot, under the version check. Locking what is
// read and skipping what is locked keeps two workers from planning the same orders; it waits for
// nothing, so it cannot be part of a deadlock. An order whose expiry failed has its own row and
// tiers; the sweeper must not try it each second.
void read_due_deadlines(Connection& connection, std::size_t rows_max, DueWork& due) {
    auto row = connection.prepare(
        "SELECT o.sale_id, o.order_id FROM orders o FORCE INDEX (orders_due)"
        " WHERE o.due_at <= ? AND NOT EXISTS (SELECT 1 FROM deferred_work w"
        " WHERE w.kind = 'expiry' AND w.work_key = LOWER(CONCAT_WS('-',"
        " SUBSTR(HEX(o.order_id), 1, 8), SUBSTR(HEX(o.order_id), 9, 4),"
        " SUBSTR(HEX(o.order_id), 13, 4), SUBSTR(HEX(o.order_id), 17, 4),"
        " SUBSTR(HEX(o.order_id), 21, 12))))"
        " ORDER BY o.due_at LIMIT ? FOR UPDATE SKIP LOCKED"
    );
    row.query(due.now, rows_max);
    while (row.next()) due.deadlines.push_back({row.get<SaleId>(0), row.get<OrderId>(1)});
}

void read_due_orders(Connection& connection, std::size_t rows_max, DueWork& due) {
    static const std::string sql = std::string(kSelectDeferredOrder) +
                                   "WHERE state = 'parked' AND due_at <= ? ORDER BY due_at LIMIT ?";
    auto row = connection.prepare(sql);
    row.query(due.now, rows_max);
    while (row.next()) due.orders.push_back(read_deferred_order(row));
}

void read_due_work(Connection& connection, std::size_t rows_max, DueWork& due) {
    static const std::string sql = std::string(kSelectDeferredWork) +
                                   "WHERE state = 'parked' AND due_at <= ? ORDER BY due_at LIMIT ?";
    auto row = connection.prepare(sql);
    row.query(due.now, rows_max);
    while (row.next()) due.work.push_back(read_deferred_work(row));
}

// Likewise a payment that could not be applied has its own row and tiers.
void read_unmatched_payments(Connection& connection, std::size_t rows_max, DueWork& due) {
    auto row = connection.prepare(
        "SELECT p.payment_id FROM payments p WHERE p.state = 'unmatched' AND NOT EXISTS"
        " (SELECT 1 FROM deferred_work w WHERE w.kind = 'payment' AND w.work_key = p.payment_id)"
        " ORDER BY p.received_at, p.payment_id LIMIT ?"
    );
    row.query(rows_max);
    while (row.next()) due.payments.push_back(row.get<PaymentId>(0));
}

}  // namespace

DueWork read_due(Connection& connection, DueKind kind, std::size_t rows_max) {
    DueWork due;
    due.now = read_now(connection);
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
        " (kind, work_key, sale_id, state, attempt, due_at, first_failed_at, last_error)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON DUPLICATE KEY UPDATE state = VALUES(state), attempt = VALUES(attempt),"
        " due_at = VALUES(due_at), last_error = VALUES(last_error)",
        to_string(work.kind), Bytes{work.key}, work.sale, to_string(work.state), work.attempt,
        work.due_at, work.first_failed_at, fitting(work.last_error)
    );
}

void finish_work_row(
    Connection& connection, WorkKind kind, const std::string& key,
    const std::optional<AuditNote>& note
) {
    connection.run(
        "DELETE FROM deferred_work WHERE kind = ? AND work_key = ?", to_string(kind), Bytes{key}
    );
    if (note) write_note(connection, read_now(connection), *note);
}

}  // namespace sluice::maria
