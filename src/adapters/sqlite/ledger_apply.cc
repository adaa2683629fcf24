#include "adapters/sqlite/ledger_apply.h"

#include <optional>
#include <string>

#include "adapters/sqlite/invalidation_outbox.h"
#include "adapters/sqlite/ledger_rows.h"
#include "base/check.h"
#include "domain/page_keys.h"

namespace sluice {
namespace {

// One change on its way. Every step says whether to go on; the first that does not decides the
// answer.
class ChangeWriter {
public:
    ChangeWriter(Connection& connection, const LedgerChange& change, WallTime now)
        : connection_(connection), change_(change), now_(now) {}

    Result<Applied> write();

private:
    bool take_version();
    bool insert_orders();
    bool move_orders();
    bool move_order(const OrderTransition& move);
    bool undefer_orders();
    bool defer_orders();
    bool update_deferred(Statement& update, const DeferredOrder& row);
    bool write_totals();
    bool check_limit(const BuyerTotal& total);
    bool check_units();
    void count(OrderState from, OrderState to, Units quantity);
    bool write_figures();
    bool write_movement();
    LedgerTruth truth() const;

    bool stop(Conflict conflict);
    bool stop(EpochSealed sealed);
    bool stop(Error error);

    Connection& connection_;
    const LedgerChange& change_;
    const WallTime now_;

    Epoch epoch_;              // of the sale, read in this transaction
    Epoch sealed_epoch_;       // likewise
    Units limit_ = 0;          // likewise
    std::int64_t orders_ = 0;  // rows of the sale so far
    Units available_ = 0;      // after the change
    Units explained_ = 0;      // units that orders and restock account for
    Units awaiting_ = 0;       // units that begin to await payment, less those that no longer do
    int cancelled_ = 0;        // orders
    int rejected_ = 0;         // orders
    std::optional<Result<Applied>> answer_;  // set once stopped
};

Result<Applied> ChangeWriter::write() {
    const bool written = take_version() && insert_orders() && move_orders() && undefer_orders() &&
                         defer_orders() && write_totals() && check_units() && write_figures() &&
                         write_movement();
    if (!written) {
        connection_.mark_for_undo();
        return std::move(*answer_);
    }
    return Applied{truth()};
}

bool ChangeWriter::stop(Conflict conflict) {
    answer_.emplace(Applied{conflict});
    return false;
}
bool ChangeWriter::stop(EpochSealed sealed) {
    answer_.emplace(Applied{sealed});
    return false;
}
bool ChangeWriter::stop(Error error) {
    answer_.emplace(std::move(error));
    return false;
}

bool ChangeWriter::take_version() {
    auto stock = connection_.prepare(
        "UPDATE sale_stock SET available = available + ?3, total = total + ?4,"
        " version = version + 1, sealed_epoch = MAX(sealed_epoch, ?5), orders = orders + ?6"
        " WHERE sale_id = ?1 AND version = ?2"
        " RETURNING available, epoch, sealed_epoch, orders,"
        " (SELECT limit_per_buyer FROM sales WHERE sales.sale_id = sale_stock.sale_id)"
    );
    const Epoch seal = change_.seal.value_or(Epoch{0});
    stock.query(
        change_.sale, change_.expected, change_.units, change_.total_units, seal,
        change_.insert.size()
    );
    if (!stock.next()) {
        if (!find_sale_row(connection_, change_.sale)) return stop(no_such_sale(change_.sale));
        return stop(Conflict::kVersion);
    }
    available_ = stock.get<Units>(0);
    epoch_ = stock.get<Epoch>(1);
    sealed_epoch_ = stock.get<Epoch>(2);
    orders_ = stock.get<std::int64_t>(3) - static_cast<std::int64_t>(change_.insert.size());
    limit_ = stock.get<Units>(4);
    explained_ = change_.total_units;
    SLUICE_CHECK(!stock.next());
    return true;
}

bool ChangeWriter::insert_orders() {
    if (change_.insert.empty()) return true;
    auto insert = connection_.prepare(
        "INSERT INTO orders (number, sale_id, order_id, buyer, quantity, price, currency, "
        "payment_window,"
        " state, reason, accepted_at, settled_at, deadline_at)"
        " VALUES ((?1 << 31) + ?13, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
        " ON CONFLICT (sale_id, order_id) DO NOTHING"
    );
    for (const auto& [order, state, reason] : change_.insert) {
        if (order.order.sale() != change_.sale || !may_become(OrderState::kHeld, state)) {
            return stop(fail(Code::kPermanent, "order " + order.order.text() + " cannot be written")
            );
        }
        const auto& terms = order.terms;
        const int rows = insert.run(
            change_.sale, order.order, order.buyer, order.quantity, terms.price, terms.currency,
            terms.payment_window, to_string(state), to_string(reason), order.accepted_at, now_,
            now_ + terms.payment_window, ++orders_
        );
        if (rows != 1) return stop(Conflict::kRows);
        if (is_active(state)) explained_ -= order.quantity;
        count(OrderState::kHeld, state, order.quantity);
    }
    return true;
}

bool ChangeWriter::move_orders() {
    for (const auto& move : change_.move) {
        if (!move_order(move)) return false;
    }
    return true;
}

bool ChangeWriter::move_order(const OrderTransition& move) {
    if (move.from == OrderState::kHeld || !may_become(move.from, move.to)) {
        return stop(fail(Code::kPermanent, "no such transition of order " + move.order.text()));
    }
    // An expiry also holds the row to its deadline, which the buyer may have extended since the
    // snapshot.
    const auto deadline_max = move.reason == Reason::kExpired ? now_ : WallTime::max();
    auto update = connection_.prepare(
        "UPDATE orders SET state = ?4, reason = ?5 WHERE sale_id = ?1 AND order_id = ?2"
        " AND state = ?3 AND COALESCE(extended_until, deadline_at) <= ?6 RETURNING quantity"
    );
    update.query(
        change_.sale, move.order, to_string(move.from), to_string(move.to), to_string(move.reason),
        deadline_max
    );
    if (!update.next()) return stop(Conflict::kRows);
    const auto quantity = update.get<Units>(0);
    if (is_active(move.from) && !is_active(move.to)) explained_ += quantity;
    count(move.from, move.to, quantity);
    SLUICE_CHECK(!update.next());
    return true;
}

bool ChangeWriter::undefer_orders() {
    if (change_.undefer.empty()) return true;
    auto remove =
        connection_.prepare("DELETE FROM deferred_orders WHERE sale_id = ?1 AND order_id = ?2");
    for (const auto& order : change_.undefer) remove.run(change_.sale, order);
    return true;
}

bool ChangeWriter::defer_orders() {
    if (change_.defer.empty()) return true;
    auto update = connection_.prepare(
        "UPDATE deferred_orders SET state = ?3, attempt = ?4, due_at = ?5, last_error = ?6"
        " WHERE sale_id = ?1 AND order_id = ?2"
    );
    auto insert = connection_.prepare(
        "INSERT INTO deferred_orders (sale_id, order_id, epoch, buyer, quantity, price, currency,"
        " payment_window, accepted_at, state, attempt, due_at, first_failed_at, last_error)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14"
        " WHERE NOT EXISTS (SELECT 1 FROM orders WHERE sale_id = ?1 AND order_id = ?2)"
    );
    for (const auto& row : change_.defer) {
        if (update_deferred(update, row)) continue;
        const auto& order = row.order;
        if (order.order.sale() != change_.sale) {
            return stop(
                fail(Code::kPermanent, "order " + order.order.text() + " is of another sale")
            );
        }
        if (row.epoch <= sealed_epoch_) return stop(EpochSealed{});
        const auto& terms = order.terms;
        const int rows = insert.run(
            change_.sale, order.order, row.epoch, order.buyer, order.quantity, terms.price,
            terms.currency, terms.payment_window, order.accepted_at, to_string(row.state),
            row.attempt, row.due_at, row.first_failed_at, row.last_error
        );
        if (rows != 1) return stop(Conflict::kRows);  // settled already: nothing to defer
    }
    return true;
}

// What was promised (epoch, terms, first failure) stays as first written.
bool ChangeWriter::update_deferred(Statement& update, const DeferredOrder& row) {
    return update.run(
               change_.sale, row.order.order, to_string(row.state), row.attempt, row.due_at,
               row.last_error
           ) == 1;
}

bool ChangeWriter::write_totals() {
    if (change_.bought.empty()) return true;
    auto upsert = connection_.prepare(
        "INSERT INTO buyer_totals (sale_id, buyer, bought) VALUES (?1, ?2, ?3)"
        " ON CONFLICT (sale_id, buyer) DO UPDATE SET bought = excluded.bought"
    );
    for (const auto& total : change_.bought) {
        if (total.bought > limit_ && !check_limit(total)) return false;
        upsert.run(change_.sale, total.buyer, total.bought);
    }
    return true;
}

// A total above the limit (lowered since) may stay or fall, never rise.
bool ChangeWriter::check_limit(const BuyerTotal& total) {
    auto row =
        connection_.prepare("SELECT bought FROM buyer_totals WHERE sale_id = ?1 AND buyer = ?2");
    row.query(change_.sale, total.buyer);
    if (row.next() && total.bought <= row.get<Units>(0)) return true;
    return stop(fail(Code::kPermanent, "above the limit of one buyer: " + total.buyer.value()));
}

// Law L2 holds before and after: what stock lost or won is what orders took or gave back.
bool ChangeWriter::check_units() {
    if (explained_ == change_.units) return true;
    return stop(fail(
        Code::kPermanent, "stock moves by " + std::to_string(change_.units) + ", its orders by " +
                              std::to_string(explained_)
    ));
}

void ChangeWriter::count(OrderState from, OrderState to, Units quantity) {
    if (from == OrderState::kAwaitingPayment) awaiting_ -= quantity;
    if (to == OrderState::kAwaitingPayment) awaiting_ += quantity;
    if (to == OrderState::kCancelled) ++cancelled_;
    if (to == OrderState::kRejected) ++rejected_;
}

bool ChangeWriter::write_figures() {
    if (awaiting_ == 0 && cancelled_ == 0 && rejected_ == 0) return true;
    connection_.run(
        "UPDATE sale_stock SET awaiting_payment = awaiting_payment + ?2,"
        " cancelled_orders = cancelled_orders + ?3, rejected_orders = rejected_orders + ?4"
        " WHERE sale_id = ?1",
        change_.sale, awaiting_, cancelled_, rejected_
    );
    return true;
}

bool ChangeWriter::write_movement() {
    connection_.run(
        "INSERT INTO stock_movements (sale_id, version, kind, units, available_after, at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        change_.sale, next(change_.expected), to_string(change_.kind), change_.units, available_,
        now_
    );
    for (const auto& note : change_.notes) write_note(connection_, now_, note);
    // What orders take is too much to name, and the page says how coarse it is; an operator's word is not.
    if (change_.kind == MovementKind::kRestock) {
        write_invalidation(connection_, sale_page_key(change_.sale));
    }
    return true;
}

LedgerTruth ChangeWriter::truth() const {
    LedgerTruth truth;
    truth.sale = change_.sale;
    truth.epoch = epoch_;
    truth.version = next(change_.expected);
    truth.available = available_;
    truth.bought = change_.bought;
    truth.finished = change_.also_finished;
    for (const auto& row : change_.insert) {
        truth.finished.push_back({row.order.order, letter_of(row.state)});
    }
    for (const auto& move : change_.move) {
        truth.finished.push_back({move.order, letter_of(move.to)});
    }
    return truth;
}

}  // namespace

Result<Applied> apply_change(Connection& connection, const LedgerChange& change, WallTime now) {
    return ChangeWriter(connection, change, now).write();
}

}  // namespace sluice
