#include "adapters/mariadb/ledger_apply.h"

#include "adapters/mariadb/batches.h"
#include "adapters/mariadb/change_writer.h"
#include "adapters/mariadb/rows.h"
#include "base/check.h"

namespace sluice::maria {

Result<Applied> ChangeWriter::write() {
    const bool written = take_version() && insert_orders() && move_orders() && undefer_orders() &&
                         defer_orders() && write_totals() && check_units() && write_movement();
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
    const Epoch seal = change_.seal.value_or(Epoch{0});
    const auto rows = connection_.run(
        "UPDATE sale_stock SET available = available + ?, total = total + ?, version = version + 1,"
        " sealed_epoch = GREATEST(sealed_epoch, ?), orders = orders + ?"
        " WHERE sale_id = ? AND version = ?",
        change_.units, change_.total_units, seal, added, change_.sale, change_.expected
    );
    if (rows != 1) {
        if (!find_sale_row(connection_, change_.sale)) return stop(no_such_sale(change_.sale));
        return stop(Conflict::kVersion);
    }
    static const std::string sql =
        std::string("SELECT k.available, k.epoch, k.sealed_epoch, k.orders, s.limit_per_buyer, ")
            .append(kNowMs)
            .append(" FROM sale_stock k JOIN sales s ON s.sale_id = k.sale_id WHERE k.sale_id = ?");
    auto stock = connection_.prepare(sql);
    if (!stock.query(change_.sale).next()) return stop(no_such_sale(change_.sale));
    available_ = stock.get<Units>(0);
    epoch_ = stock.get<Epoch>(1);
    sealed_epoch_ = stock.get<Epoch>(2);
    orders_ = stock.get<std::int64_t>(3) - added;
    limit_ = stock.get<Units>(4);
    now_ = stock.get<WallTime>(5);
    explained_ = change_.total_units;
    return true;
}

// A total above the limit (lowered since) may stay or fall, never rise.
bool ChangeWriter::check_limit(const BuyerTotal& total) {
    auto row =
        connection_.prepare("SELECT bought FROM buyer_totals WHERE sale_id = ? AND buyer = ?");
    row.query(change_.sale, total.buyer);
    if (row.next() && total.bought <= row.get<Units>(0)) return true;
    return stop(fail(Code::kPermanent, "above the limit of one buyer: " + total.buyer.value()));
}

bool ChangeWriter::write_totals() {
    for (const auto& total : change_.bought) {
        if (total.bought > limit_ && !check_limit(total)) return false;
    }
    // VALUES() is the one spelling that both servers know.
    static const BatchSql sql(
        "INSERT INTO buyer_totals (sale_id, buyer, bought) VALUES ", row_of(3),
        " ON DUPLICATE KEY UPDATE bought = VALUES(bought)"
    );
    return in_batches(change_.bought.size(), [&](std::size_t first, std::size_t size) {
        auto upsert = connection_.prepare(sql.text(size));
        for (std::size_t i = first; i < first + size; ++i) {
            upsert.add(change_.sale, change_.bought[i].buyer, change_.bought[i].bought);
        }
        upsert.execute();  // a changed row counts twice, so the count says nothing
        return true;
    });
}

// Law L2 holds before and after: what stock lost or won is what orders took or gave back.
bool ChangeWriter::check_units() {
    if (explained_ == change_.units) return true;
    return stop(fail(
        Code::kPermanent, "stock moves by " + std::to_string(change_.units) + ", its orders by " +
                              std::to_string(explained_)
    ));
}

bool ChangeWriter::write_movement() {
    connection_.run(
        "INSERT INTO stock_movements (sale_id, version, kind, units, available_after, at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        change_.sale, next(change_.expected), to_string(change_.kind), change_.units, available_,
        now_
    );
    for (const auto& note : change_.notes) write_note(connection_, now_, note);
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

Result<Applied> apply_change(Connection& connection, const LedgerChange& change) {
    return ChangeWriter(connection, change).write();
}

}  // namespace sluice::maria
