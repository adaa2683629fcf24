#include "adapters/mariadb/rows.h"

#include "adapters/mariadb/texts.h"
#include "domain/enum_text.h"

namespace sluice::maria {
namespace {

// Sizes of the columns of audit_log.
constexpr std::size_t kActorBytes = 200;
constexpr std::size_t kActionBytes = 64;
constexpr std::size_t kSubjectBytes = 255;

std::optional<GateState> parse_gate_state(std::string_view text) {
    return parse_by_name(text, std::array{GateState::kRecovering, GateState::kOpen});
}

Terms read_terms(const Row& row, int price_column) {
    Terms terms;
    terms.price = row.get<Cents>(price_column);
    terms.currency = row.get<Currency>(price_column + 1);
    terms.payment_window = row.get<Millis>(price_column + 2);
    return terms;
}

std::string by_key(std::string_view select, Lock lock) {
    const auto* end = lock == Lock::kForUpdate ? " FOR UPDATE" : "";
    return std::string(select) + "WHERE sale_id = ? AND order_id = ?" + end;
}

}  // namespace

OrderRow read_order(const Row& row) {
    OrderRow order;
    order.sale = row.get<SaleId>(0);
    order.order = row.get<OrderId>(1);
    order.buyer = row.get<BuyerId>(2);
    order.quantity = row.get<Units>(3);
    order.terms = read_terms(row, 4);
    order.state = row.get_parsed(7, parse_order_state);
    order.reason = row.get_parsed(8, parse_reason);
    order.accepted_at = row.get<WallTime>(9);
    order.settled_at = row.get<WallTime>(10);
    order.deadline_at = row.get<WallTime>(11);
    order.extended_until = row.get<std::optional<WallTime>>(12);
    order.payment = row.get<std::optional<PaymentId>>(13);
    return order;
}

DeferredOrder read_deferred_order(const Row& row) {
    DeferredOrder deferred;
    deferred.sale = row.get<SaleId>(0);
    deferred.order.order = row.get<OrderId>(1);
    deferred.epoch = row.get<Epoch>(2);
    deferred.order.buyer = row.get<BuyerId>(3);
    deferred.order.quantity = row.get<Units>(4);
    deferred.order.terms = read_terms(row, 5);
    deferred.order.accepted_at = row.get<WallTime>(8);
    deferred.state = row.get_parsed(9, parse_deferred_state);
    deferred.attempt = row.get<int>(10);
    deferred.due_at = row.get<WallTime>(11);
    deferred.first_failed_at = row.get<WallTime>(12);
    deferred.last_error = row.get<std::string>(13);
    return deferred;
}

DeferredWork read_deferred_work(const Row& row) {
    DeferredWork work;
    work.kind = row.get_parsed(0, parse_work_kind);
    work.key = row.get<std::string>(1);
    work.sale = row.get<SaleId>(2);
    work.state = row.get_parsed(3, parse_deferred_state);
    work.attempt = row.get<int>(4);
    work.due_at = row.get<WallTime>(5);
    work.first_failed_at = row.get<WallTime>(6);
    work.last_error = row.get<std::string>(7);
    return work;
}

PaymentRow read_payment(const Row& row) {
    PaymentRow payment;
    payment.payment.id = row.get<PaymentId>(0);
    payment.payment.order = row.get<OrderId>(1);
    payment.payment.amount = row.get<Cents>(2);
    payment.payment.currency = row.get<Currency>(3);
    payment.state = row.get_parsed(4, parse_payment_state);
    payment.refund_reason = row.get_parsed(5, parse_refund_reason);
    payment.replacement = row.get<std::optional<OrderId>>(6);
    payment.received_at = row.get<WallTime>(7);
    return payment;
}

SaleRow read_sale(const Row& row) {
    SaleRow found;
    Sale& sale = found.sale;
    sale.id = row.get<SaleId>(0);
    sale.goods = row.get<GoodsId>(1);
    sale.title = row.get<std::string>(2);
    sale.mode = row.get_parsed(3, parse_sale_mode);
    sale.state = row.get_parsed(4, parse_sale_state);
    sale.gate_state = row.get_parsed(5, parse_gate_state);
    sale.revision = row.get<Revision>(6);
    sale.epoch = row.get<Epoch>(7);
    sale.total = row.get<Units>(8);
    sale.available = row.get<Units>(9);
    sale.limit_per_buyer = row.get<Units>(10);
    sale.opens_at = row.get<WallTime>(11);
    sale.closes_at = row.get<WallTime>(12);
    sale.terms = read_terms(row, 13);
    sale.late_payment = row.get_parsed(16, parse_late_payment);
    sale.partition = row.get<Partition>(17);
    sale.secret_number = row.get<std::uint32_t>(18);
    sale.retired = row.get<bool>(19);
    found.version = row.get<Version>(20);
    found.sealed_epoch = row.get<Epoch>(21);
    return found;
}

std::optional<OrderRow> find_order_row(Connection& connection, OrderId order, Lock lock) {
    static const std::string plain = by_key(kSelectOrder, Lock::kNone);
    static const std::string locking = by_key(kSelectOrder, Lock::kForUpdate);
    auto row = connection.prepare(lock == Lock::kForUpdate ? locking : plain);
    if (!row.query(order.sale(), order).next()) return std::nullopt;
    return read_order(row);
}

std::optional<DeferredOrder> find_deferred_row(Connection& connection, OrderId order) {
    static const std::string sql = by_key(kSelectDeferredOrder, Lock::kNone);
    auto row = connection.prepare(sql);
    if (!row.query(order.sale(), order).next()) return std::nullopt;
    return read_deferred_order(row);
}

std::optional<DeferredWork> find_work_row(
    Connection& connection, WorkKind kind, std::string_view key
) {
    static const std::string sql =
        std::string(kSelectDeferredWork) + "WHERE kind = ? AND work_key = ?";
    auto row = connection.prepare(sql);
    if (!row.query(to_string(kind), Bytes{key}).next()) return std::nullopt;
    return read_deferred_work(row);
}

std::optional<PaymentRow> find_payment_row(
    Connection& connection, const PaymentId& payment, Lock lock
) {
    static const std::string plain = std::string(kSelectPayment) + "WHERE payment_id = ?";
    static const std::string locking = plain + " FOR UPDATE";
    auto row = connection.prepare(lock == Lock::kForUpdate ? locking : plain);
    if (!row.query(payment).next()) return std::nullopt;
    return read_payment(row);
}

std::optional<SaleRow> find_sale_row(Connection& connection, SaleId sale) {
    static const std::string sql = std::string("SELECT ")
                                       .append(kSaleColumns)
                                       .append(kFromSales)
                                       .append("WHERE s.sale_id = ?");
    auto row = connection.prepare(sql);
    if (!row.query(sale).next()) return std::nullopt;
    return read_sale(row);
}

bool lock_stock(Connection& connection, SaleId sale) {
    auto row = connection.prepare("SELECT version FROM sale_stock WHERE sale_id = ? FOR UPDATE");
    return row.query(sale).next();
}

WallTime read_now(Connection& connection) {
    static const std::string sql = std::string("SELECT ").append(kNowMs);
    auto row = connection.prepare(sql);
    row.execute();
    if (!row.next()) throw SqlError(0, "the server has no clock");
    return row.get<WallTime>(0);
}

AuditNote fitting_note(const AuditNote& note) {
    return {
        fitting(note.actor, kActorBytes), fitting(note.action, kActionBytes),
        fitting(note.subject, kSubjectBytes), fitting(note.reason)};
}

void write_note(Connection& connection, WallTime now, const AuditNote& note) {
    const auto fits = fitting_note(note);
    connection.run(
        "INSERT INTO audit_log (at, actor, action, subject, reason) VALUES (?, ?, ?, ?, ?)", now,
        fits.actor, fits.action, fits.subject, fits.reason
    );
}

Error no_such_sale(SaleId sale) {
    return fail(Code::kNotFound, "no sale " + std::to_string(sale.value()));
}

}  // namespace sluice::maria
