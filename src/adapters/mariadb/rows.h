#pragma once
// Rows of the ledger's tables as domain values, and the statements that find them by key. Shared by
// everything in this folder that reads or writes the ledger; the auditor has SQL of its own. On the
// caller's connection and transaction; failures are thrown as SqlError.

#include <optional>

#include "adapters/mariadb/connection.h"
#include "domain/deferred.h"
#include "domain/ledger_change.h"
#include "domain/order.h"
#include "domain/payment.h"
#include "domain/sale.h"

namespace sluice::maria {

// Column lists in the order that the matching read_… function expects, from column 0.
inline constexpr std::string_view kSelectOrder =
    "SELECT sale_id, order_id, buyer, quantity, price, currency, payment_window, state, reason,"
    " accepted_at, settled_at, deadline_at, extended_until, payment_id FROM orders ";
inline constexpr std::string_view kSelectDeferredOrder =
    "SELECT sale_id, order_id, epoch, buyer, quantity, price, currency, payment_window,"
    " accepted_at, state, attempt, due_at, first_failed_at, last_error FROM deferred_orders ";
inline constexpr std::string_view kSelectDeferredWork =
    "SELECT kind, work_key, sale_id, state, attempt, due_at, first_failed_at, last_error"
    " FROM deferred_work ";
inline constexpr std::string_view kSelectPayment =
    "SELECT payment_id, order_id, amount, currency, state, refund_reason, replacement, received_at"
    " FROM payments ";
inline constexpr std::string_view kSaleColumns =
    "s.sale_id, s.goods_id, g.title, s.mode, s.state, s.gate_state, s.revision, k.epoch,"
    " k.total, k.available, s.limit_per_buyer, s.opens_at, s.closes_at, s.price, s.currency,"
    " s.payment_window, s.late_payment, s.queue_partition, s.secret_number, s.retired,"
    " k.version, k.sealed_epoch";
inline constexpr int kSaleColumnCount = 22;
inline constexpr std::string_view kFromSales =
    " FROM sales s JOIN goods g ON g.goods_id = s.goods_id"
    " JOIN sale_stock k ON k.sale_id = s.sale_id ";
// The database clock in milliseconds, the same within one statement.
inline constexpr std::string_view kNowMs = "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)";

struct SaleRow {
    Sale sale;
    Version version;
    Epoch sealed_epoch;
};

OrderRow read_order(const Row& row);
DeferredOrder read_deferred_order(const Row& row);
DeferredWork read_deferred_work(const Row& row);
PaymentRow read_payment(const Row& row);
SaleRow read_sale(const Row& row);

// With a lock the row stays as it is until the transaction ends.
enum class Lock : std::uint8_t { kNone, kForUpdate };

std::optional<OrderRow> find_order_row(Connection&, OrderId order, Lock lock = Lock::kNone);
std::optional<DeferredOrder> find_deferred_row(Connection&, OrderId order);
std::optional<DeferredWork> find_work_row(Connection&, WorkKind kind, std::string_view key);
std::optional<PaymentRow> find_payment_row(
    Connection&, const PaymentId& payment, Lock lock = Lock::kNone
);
std::optional<SaleRow> find_sale_row(Connection&, SaleId sale);
// Locks the stock row, which comes first in every transaction that needs it; false: no such sale.
bool lock_stock(Connection&, SaleId sale);

WallTime read_now(Connection&);
// With every text cut to its column.
AuditNote fitting_note(const AuditNote& note);
void write_note(Connection&, WallTime now, const AuditNote& note);

// kNotFound naming the sale.
Error no_such_sale(SaleId sale);

}  // namespace sluice::maria
