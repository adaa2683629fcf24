// The rows of orders in a LedgerChange: new ones, those that move, those that are deferred. The
// stock row is locked, so nobody else inserts, cancels or defers an order of this sale meanwhile;
// only a payment may change a row, and takes nothing but that row.

#include <algorithm>

#include "adapters/mariadb/batches.h"
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

bool ChangeWriter::insert_orders() {
    for (const auto& row : change_.insert) {
        const auto& order = row.order.order;
        if (order.sale() != change_.sale || !may_become(OrderState::kHeld, row.state)) {
            return stop(cannot_be_written(order));
        }
        if (is_active(row.state)) explained_ -= row.order.quantity;
    }
    return in_batches(change_.insert.size(), [&](std::size_t first, std::size_t size) {
        return insert_batch(std::span(change_.insert).subspan(first, size));
    });
}

bool ChangeWriter::insert_batch(std::span<const NewOrder> rows) {
    static const BatchSql sql(
        "INSERT INTO orders (sale_id, place, order_id, buyer, quantity, price, currency,"
        " payment_window, state, reason, accepted_at, settled_at, deadline_at) VALUES ",
        row_of(13)
    );
    auto insert = connection_.prepare(sql.text(rows.size()));
    for (const auto& [order, state, reason] : rows) {
        const auto& terms = order.terms;
        insert.add(
            change_.sale, ++orders_, order.order, order.buyer, order.quantity, terms.price,
            terms.currency, terms.payment_window, to_string(state), to_string(reason),
            order.accepted_at, now_, now_ + terms.payment_window
        );
    }
    try {
        const auto written = insert.execute();
        return written == rows.size() || stop(fail(Code::kInternal, "rows were not inserted"));
    } catch (const SqlError& failure) {
        // The name of the key is in the message in every language. The other key (place) cannot be
        // taken while we hold the stock row: that would be a damaged ledger.
        const bool known =
            std::string_view(failure.what()).find("orders_by_id") != std::string_view::npos;
        if (is_duplicate(failure.number()) && known) return stop(Conflict::kRows);
        throw;
    }
}

// Neighbours that make the same transition share a statement.
bool ChangeWriter::move_orders() {
    const Moves all(change_.move);
    for (std::size_t first = 0; first < all.size();) {
        std::size_t end = first + 1;
        while (end < all.size() && alike(all[first], all[end])) ++end;
        if (!move_alike(all.subspan(first, end - first))) return false;
        first = end;
    }
    return true;
}

bool ChangeWriter::move_alike(Moves moves) {
    const auto& move = moves.front();
    if (move.from == OrderState::kHeld || !may_become(move.from, move.to)) {
        return stop(fail(Code::kPermanent, "no such transition of order " + move.order.text()));
    }
    const bool gives_back = is_active(move.from) && !is_active(move.to);
    return in_lists(moves.size(), [&](std::size_t first, std::size_t count) {
        const auto batch = moves.subspan(first, count);
        if (!move_batch(batch)) return false;
        if (gives_back) explained_ += units_of(batch);
        return true;
    });
}

bool ChangeWriter::move_batch(Moves moves) {
    static const BatchSql sql(
        "UPDATE orders FORCE INDEX (orders_by_id) SET state = ?, reason = ? WHERE sale_id = ?"
        " AND state = ? AND COALESCE(extended_until, deadline_at) <= ? AND order_id IN (",
        "?", ")"
    );
    const auto& move = moves.front();
    // An expiry also holds the row to its deadline, which the buyer may have extended since the
    // snapshot.
    const auto deadline_max = move.reason == Reason::kExpired ? now_ : WallTime::max();
    const auto size = padded(moves.size());
    auto update = connection_.prepare(sql.text(size));
    update.add(
        to_string(move.to), to_string(move.reason), change_.sale, to_string(move.from), deadline_max
    );
    for (std::size_t i = 0; i < size; ++i) update.add(moves[std::min(i, moves.size() - 1)].order);
    return update.execute() == moves.size() || stop(Conflict::kRows);
}

// Of rows that were just moved, and so are locked.
Units ChangeWriter::units_of(Moves moves) {
    static const BatchSql sql(
        "SELECT CAST(SUM(quantity) AS SIGNED) FROM orders FORCE INDEX (orders_by_id)"
        " WHERE sale_id = ? AND order_id IN (",
        "?", ")"
    );
    const auto size = padded(moves.size());
    auto row = connection_.prepare(sql.text(size));
    row.add(change_.sale);
    for (std::size_t i = 0; i < size; ++i) row.add(moves[std::min(i, moves.size() - 1)].order);
    row.execute();
    return row.next() ? row.get<Units>(0) : 0;
}

bool ChangeWriter::undefer_orders() {
    static const BatchSql sql(
        "DELETE FROM deferred_orders WHERE sale_id = ? AND order_id IN (", "?", ")"
    );
    const auto& orders = change_.undefer;
    return in_lists(orders.size(), [&](std::size_t first, std::size_t count) {
        const auto size = padded(count);
        auto remove = connection_.prepare(sql.text(size));
        remove.add(change_.sale);
        for (std::size_t i = 0; i < size; ++i) remove.add(orders[first + std::min(i, count - 1)]);
        remove.execute();  // missing rows are fine
        return true;
    });
}

bool ChangeWriter::defer_orders() {
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
