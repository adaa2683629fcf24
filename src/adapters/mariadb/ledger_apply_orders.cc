// The rows of orders in a LedgerChange: new ones, those that move, those that are deferred. The
// stock row is locked, so nobody else inserts, cancels or defers an order of this sale meanwhile;
// only a payment may change a row, and takes nothing but that row.

#include <algorithm>

#include "adapters/mariadb/change_writer.h"
#include "adapters/mariadb/texts.h"

namespace sluice::maria {
namespace {

Error cannot_be_written(OrderId order) {
    return fail(Code::kPermanent, "order " + order.text() + " cannot be written");
}

bool alike(const OrderTransition& left, const OrderTransition& right) {
    return left.from == right.from && left.to == right.to && left.reason == right.reason;
}

}  // namespace

bool ChangeWriter::add_orders() {
    for (const auto& row : change_.insert) {
        const auto& order = row.order.order;
        if (order.sale() != change_.sale || !may_become(OrderState::kHeld, row.state)) {
            return stop(cannot_be_written(order));
        }
        if (is_active(row.state)) explained_ -= row.order.quantity;
    }
    for (std::size_t first = 0; first < change_.insert.size(); first += kStatementRowsMax) {
        const auto rows =
            std::span(change_.insert)
                .subspan(first, std::min(kStatementRowsMax, change_.insert.size() - first));
        text_.sql(
            "INSERT INTO orders (sale_id, place, order_id, buyer, quantity, price, currency,"
            " payment_window, state, reason, accepted_at, settled_at, deadline_at) VALUES "
        );
        text_.joined(rows, [&](SqlText& text, const NewOrder& row) {
            const auto& order = row.order;
            const auto& terms = order.terms;
            text.row(
                change_.sale, ++orders_, order.order, order.buyer, order.quantity, terms.price,
                terms.currency, terms.payment_window, to_string(row.state), to_string(row.reason),
                order.accepted_at, now_, now_ + terms.payment_window
            );
        });
        end(Expected::What::kWritten, rows.size());
    }
    return true;
}

// Neighbours that make the same transition share a statement.
bool ChangeWriter::add_moves() {
    const Moves all(change_.move);
    for (std::size_t first = 0; first < all.size();) {
        const auto& move = all[first];
        if (move.from == OrderState::kHeld || !may_become(move.from, move.to)) {
            return stop(fail(Code::kPermanent, "no such transition of order " + move.order.text()));
        }
        std::size_t end = first + 1;
        while (end < all.size() && end - first < kStatementRowsMax && alike(move, all[end])) ++end;
        add_move(all.subspan(first, end - first));
        first = end;
    }
    add_undefer();
    return true;
}

void ChangeWriter::add_move(Moves moves) {
    const auto& move = moves.front();
    const auto add_ids = [&] {
        text_.sql(" AND order_id IN (");
        text_.joined(moves, [](SqlText& text, const auto& each) { text.value(each.order); });
        text_.sql(")");
    };
    text_.sql("UPDATE orders FORCE INDEX (orders_by_id) SET state = ").value(to_string(move.to));
    text_.sql(", reason = ").value(to_string(move.reason));
    text_.sql(" WHERE sale_id = ").value(change_.sale);
    text_.sql(" AND state = ").value(to_string(move.from));
    if (move.reason == Reason::kExpired) {
        // Holds the row to its deadline, which the buyer may have extended since the snapshot.
        text_.sql(" AND COALESCE(extended_until, deadline_at) <= ").value(now_);
    }
    add_ids();
    end(Expected::What::kRows, moves.size());
    if (!is_active(move.from) || is_active(move.to)) return;
    // Of rows that were just moved, and so are locked.
    text_.sql("SELECT CAST(COALESCE(SUM(quantity), 0) AS SIGNED) FROM orders");
    text_.sql(" FORCE INDEX (orders_by_id) WHERE sale_id = ").value(change_.sale);
    add_ids();
    end(Expected::What::kUnits);
}

void ChangeWriter::add_undefer() {
    const auto& orders = change_.undefer;
    for (std::size_t first = 0; first < orders.size(); first += kStatementRowsMax) {
        const auto count = std::min(kStatementRowsMax, orders.size() - first);
        text_.sql("DELETE FROM deferred_orders WHERE sale_id = ").value(change_.sale);
        text_.sql(" AND order_id IN ").list(std::span(orders).subspan(first, count));
        end();  // missing rows are fine
    }
}

bool ChangeWriter::defer_orders() {
    if (change_.defer.empty()) return true;
    if (!send()) return false;
    return std::all_of(change_.defer.begin(), change_.defer.end(), [&](const auto& row) {
        return defer_order(row);
    });
}

bool ChangeWriter::defer_order(const DeferredOrder& row) {
    const auto& order = row.order;
    // What was promised (epoch, terms, first failure) stays as first written.
    const auto error = fitting(row.last_error);
    const auto updated = connection_.run(
        "UPDATE deferred_orders SET state = ?, attempt = ?, due_at = ?, last_error = ?"
        " WHERE sale_id = ? AND order_id = ?",
        to_string(row.state), row.attempt, row.due_at, error, change_.sale, order.order
    );
    if (updated == 1) return true;
    if (order.order.sale() != change_.sale) {
        return stop(fail(Code::kPermanent, "order " + order.order.text() + " is of another sale"));
    }
    if (row.epoch <= sealed_epoch_) return stop(EpochSealed{});
    {
        auto settled =
            connection_.prepare("SELECT 1 FROM orders WHERE sale_id = ? AND order_id = ?");
        if (settled.query(change_.sale, order.order).next()) return stop(Conflict::kRows);
    }
    const auto& terms = order.terms;
    connection_.run(
        "INSERT INTO deferred_orders (sale_id, order_id, epoch, buyer, quantity, price, currency,"
        " payment_window, accepted_at, state, attempt, due_at, first_failed_at, last_error)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        change_.sale, order.order, row.epoch, order.buyer, order.quantity, terms.price,
        terms.currency, terms.payment_window, order.accepted_at, to_string(row.state), row.attempt,
        row.due_at, row.first_failed_at, error
    );
    return true;
}

}  // namespace sluice::maria
