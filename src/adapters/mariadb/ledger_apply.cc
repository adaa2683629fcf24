#include "adapters/mariadb/ledger_apply.h"

#include <algorithm>

#include "adapters/mariadb/change_writer.h"
#include "adapters/mariadb/rows.h"
#include "adapters/mariadb/texts.h"
#include "domain/page_keys.h"

namespace sluice::maria {

Result<Applied> ChangeWriter::write() {
    // Nothing is kept before COMMIT, so what is only known afterwards is checked last.
    const bool written = take_version() && add_orders() && add_moves() && defer_orders() &&
                         check_limits() &&
                         (add_totals(), add_paid(), add_movement(), send()) && check_units();
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
    const auto added = static_cast<std::int64_t>(change_.insert.size());
    SqlText text;
    text.sql("UPDATE sale_stock SET available = available + ").value(change_.units);
    text.sql(", total = total + ").value(change_.total_units);
    text.sql(", version = version + 1, sealed_epoch = GREATEST(sealed_epoch, ");
    text.value(change_.seal.value_or(Epoch{0})).sql("), orders = orders + ").value(added);
    text.sql(", cancelled_orders = cancelled_orders + ").value(moved_to(OrderState::kCancelled));
    text.sql(", rejected_orders = rejected_orders + ").value(moved_to(OrderState::kRejected));
    text.sql(" WHERE sale_id = ").value(change_.sale);
    text.sql(" AND version = ").value(change_.expected).end();
    text.sql("SELECT k.available, k.epoch, k.sealed_epoch, k.orders, s.limit_per_buyer, ");
    text.sql(kNowMs).sql(" FROM sale_stock k JOIN sales s ON s.sale_id = k.sale_id");
    text.sql(" WHERE k.sale_id = ").value(change_.sale).end();

    auto stock = connection_.ask(text);
    const bool taken = stock.next_statement() == 1;
    stock.next_statement();
    if (!stock.next()) return stop(no_such_sale(change_.sale));
    if (!taken) return stop(Conflict::kVersion);
    available_ = stock.get<Units>(0);
    epoch_ = stock.get<Epoch>(1);
    sealed_epoch_ = stock.get<Epoch>(2);
    orders_ = stock.get<std::int64_t>(3) - added;
    limit_ = stock.get<Units>(4);
    now_ = stock.get<WallTime>(5);
    explained_ = change_.total_units;
    return true;
}

std::int64_t ChangeWriter::moved_to(OrderState state) const {
    const auto inserted = std::count_if(
        change_.insert.begin(), change_.insert.end(),
        [state](const NewOrder& row) { return row.state == state; }
    );
    const auto moved = std::count_if(
        change_.move.begin(), change_.move.end(),
        [state](const OrderTransition& move) { return move.to == state; }
    );
    return inserted + moved;
}

bool ChangeWriter::check_limits() {
    const auto above = [&](const BuyerTotal& total) { return total.bought > limit_; };
    const auto& totals = change_.bought;
    if (std::none_of(totals.begin(), totals.end(), above)) return true;
    if (!send()) return false;
    return std::all_of(totals.begin(), totals.end(), [&](const BuyerTotal& total) {
        return !above(total) || check_limit(total);
    });
}

// A total above the limit (lowered since) may stay or fall, never rise.
bool ChangeWriter::check_limit(const BuyerTotal& total) {
    auto row =
        connection_.prepare("SELECT bought FROM buyer_totals WHERE sale_id = ? AND buyer = ?");
    row.query(change_.sale, total.buyer);
    if (row.next() && total.bought <= row.get<Units>(0)) return true;
    return stop(fail(Code::kPermanent, "above the limit of one buyer: " + total.buyer.value()));
}

void ChangeWriter::add_totals() {
    for (std::size_t first = 0; first < change_.bought.size(); first += kStatementRowsMax) {
        const auto count = std::min(kStatementRowsMax, change_.bought.size() - first);
        text_.sql("INSERT INTO buyer_totals (sale_id, buyer, bought) VALUES ");
        text_.joined(
            std::span(change_.bought).subspan(first, count),
            [&](SqlText& text, const BuyerTotal& total) {
                text.row(change_.sale, total.buyer, total.bought);
            }
        );
        // VALUES() is the one spelling that both servers know. A changed row counts twice, so the
        // count says nothing.
        text_.sql(" ON DUPLICATE KEY UPDATE bought = VALUES(bought)");
        end();
    }
}

// Free orders are paid as they are settled; all others by payments.cc.
void ChangeWriter::add_paid() {
    Units paid = 0;
    for (const auto& row : change_.insert) {
        if (row.state == OrderState::kPaid) paid += row.order.quantity;
    }
    if (paid == 0) return;
    text_.sql("INSERT INTO paid_units (sale_id, slot, units) VALUES ");
    text_.row(change_.sale, 0, paid);
    text_.sql(" ON DUPLICATE KEY UPDATE units = units + VALUES(units)");
    end();
}

void ChangeWriter::add_movement() {
    text_.sql(
        "INSERT INTO stock_movements (sale_id, version, kind, units, available_after, at) VALUES "
    );
    text_.row(
        change_.sale, next(change_.expected), to_string(change_.kind), change_.units, available_,
        now_
    );
    end(Expected::What::kWritten, 1);
    for (const auto& note : change_.notes) {
        text_.sql("INSERT INTO audit_log (at, actor, action, subject, reason) VALUES ");
        const auto fits = fitting_note(note);
        text_.row(now_, fits.actor, fits.action, fits.subject, fits.reason);
        end(Expected::What::kWritten, 1);
    }
    // What orders take is too much to name, and the page says how coarse it is; an operator's word is not.
    if (change_.kind == MovementKind::kRestock) {
        text_.sql("INSERT INTO invalidations (page) VALUES ").row(sale_page_key(change_.sale));
        end(Expected::What::kWritten, 1);
    }
}

// Law L2 holds before and after: what stock lost or won is what orders took or gave back.
bool ChangeWriter::check_units() {
    if (explained_ == change_.units) return true;
    return stop(fail(
        Code::kPermanent, "stock moves by " + std::to_string(change_.units) + ", its orders by " +
                              std::to_string(explained_)
    ));
}

void ChangeWriter::end(Expected::What what, std::uint64_t rows) {
    text_.end();
    expected_.push_back({what, rows});
}

bool ChangeWriter::send() {
    if (text_.empty()) return true;
    const auto text = std::exchange(text_, {});
    const auto expected = std::exchange(expected_, {});
    try {
        auto answers = connection_.ask(text);
        return std::all_of(expected.begin(), expected.end(), [&](const Expected& each) {
            return check_answer(answers, each);
        });
    } catch (const SqlError& failure) {
        // The name of the key is in the message in every language. The other key (place) cannot be
        // taken while we hold the stock row: that would be a damaged ledger.
        const auto what = std::string_view(failure.what());
        const bool known = what.find("orders_by_id") != std::string_view::npos;
        if (is_duplicate(failure.number()) && known) return stop(Conflict::kRows);
        throw;
    }
}

bool ChangeWriter::check_answer(Answers& answers, const Expected& expected) {
    const auto rows = answers.next_statement();
    switch (expected.what) {
        case Expected::What::kAnything:
            return true;
        case Expected::What::kRows:
            return rows == expected.rows || stop(Conflict::kRows);
        case Expected::What::kWritten:
            return rows == expected.rows || stop(fail(Code::kInternal, "rows were not written"));
        case Expected::What::kUnits:
            if (answers.next()) explained_ += answers.get<Units>(0);
            return true;
    }
    return false;
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

Result<Applied> apply_change(Connection& connection, const LedgerChange& change) {
    return ChangeWriter(connection, change).write();
}

}  // namespace sluice::maria
