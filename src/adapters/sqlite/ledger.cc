#include "adapters/sqlite/ledger.h"

#include "adapters/sqlite/ledger_apply.h"
#include "adapters/sqlite/ledger_due.h"
#include "adapters/sqlite/ledger_epoch.h"
#include "adapters/sqlite/ledger_rows.h"
#include "adapters/sqlite/ledger_snapshot.h"
#include "adapters/sqlite/payments.h"

namespace sluice {

Task<Result<Catalogue>> SqliteLedger::read_catalogue(Deadline deadline) {
    return calls_.read<Catalogue>(deadline, read_sale_catalogue);
}

Task<Result<SaleSnapshot>> SqliteLedger::snapshot(SnapshotQuery query, Deadline deadline) {
    auto work = [query = std::move(query)](Connection& connection, WallTime now) {
        return read_snapshot(connection, query, now);
    };
    return calls_.read<SaleSnapshot>(deadline, std::move(work));
}

Task<Result<Applied>> SqliteLedger::apply(LedgerChange change, Deadline deadline) {
    auto work = [change = std::move(change)](Connection& connection, WallTime now) {
        return apply_change(connection, change, now);
    };
    return calls_.write<Applied>(deadline, std::move(work));
}

Task<Result<Epoch>> SqliteLedger::begin_epoch(SaleId sale, Deadline deadline) {
    auto work = [sale](Connection& connection, WallTime) {
        return begin_next_epoch(connection, sale);
    };
    return calls_.write<Epoch>(deadline, std::move(work));
}

Task<Result<GateImageStream>> SqliteLedger::stream_image(SaleId sale, Epoch epoch, Deadline deadline) {
    auto work = [sale, epoch](Connection& connection, WallTime) {
        return read_gate_image(connection, sale, epoch);
    };
    auto image = co_await calls_.read<GateImage>(deadline, std::move(work));
    if (!image.ok()) co_return image.error();
    co_return stream_of(std::move(*image));
}

Task<Result<Done>> SqliteLedger::open_gate(SaleId sale, Epoch epoch, Deadline deadline) {
    auto work = [sale, epoch](Connection& connection, WallTime) {
        return open_gate_of(connection, sale, epoch);
    };
    return calls_.write<Done>(deadline, std::move(work));
}

Task<Result<Done>> SqliteLedger::retire_sale(SaleId sale, Epoch epoch, Deadline deadline) {
    auto work = [sale, epoch](Connection& connection, WallTime) {
        return retire_sale_of(connection, sale, epoch);
    };
    return calls_.write<Done>(deadline, std::move(work));
}

Task<Result<PaymentOutcome>> SqliteLedger::record_payment(Payment payment, Deadline deadline) {
    auto work = [payment = std::move(payment)](Connection& connection, WallTime now) {
        return store_payment(connection, payment, now);
    };
    return calls_.write<PaymentOutcome>(deadline, std::move(work));
}

Task<Result<PaymentOutcome>> SqliteLedger::settle_payment(PaymentId payment, Deadline deadline) {
    auto work = [payment = std::move(payment)](Connection& connection, WallTime now) {
        return decide_stored_payment(connection, payment, now);
    };
    return calls_.write<PaymentOutcome>(deadline, std::move(work));
}

Task<Result<Done>> SqliteLedger::replace_order(
    PaymentId payment, OrderId replacement, Deadline deadline
) {
    auto work = [payment = std::move(payment), replacement](Connection& connection, WallTime) {
        return set_replacement(connection, payment, replacement);
    };
    return calls_.write<Done>(deadline, std::move(work));
}

Task<Result<Done>> SqliteLedger::refund_payment(
    PaymentId payment, RefundReason reason, Deadline deadline
) {
    auto work = [payment = std::move(payment), reason](Connection& connection, WallTime) {
        return set_refund_due(connection, payment, reason);
    };
    return calls_.write<Done>(deadline, std::move(work));
}

Task<Result<std::optional<OrderRow>>> SqliteLedger::extend_deadline(
    OrderId order, Millis by, Deadline deadline
) {
    using Row = std::optional<OrderRow>;
    auto work = [order, by](Connection& connection, WallTime now) -> Result<Row> {
        return extend_order_deadline(connection, order, by, now);
    };
    return calls_.write<Row>(deadline, std::move(work));
}

Task<Result<DueWork>> SqliteLedger::due(DueKind kind, std::size_t rows_max, Deadline deadline) {
    auto work = [kind, rows_max](Connection& connection, WallTime now) -> Result<DueWork> {
        return read_due(connection, kind, rows_max, now);
    };
    return calls_.read<DueWork>(deadline, std::move(work));
}

Task<Result<std::optional<DeferredWork>>> SqliteLedger::find_work(
    WorkKind kind, std::string key, Deadline deadline
) {
    using Row = std::optional<DeferredWork>;
    auto work = [kind, key = std::move(key)](Connection& connection, WallTime) -> Result<Row> {
        return find_work_row(connection, kind, key);
    };
    return calls_.read<Row>(deadline, std::move(work));
}

Task<Result<Done>> SqliteLedger::defer_work(
    DeferredWork row, std::optional<AuditNote> note, Deadline deadline
) {
    auto work = [row = std::move(row),
                 note = std::move(note)](Connection& connection, WallTime now) -> Result<Done> {
        upsert_work(connection, row);
        if (note) write_note(connection, now, *note);
        return Done{};
    };
    return calls_.write<Done>(deadline, std::move(work));
}

Task<Result<Done>> SqliteLedger::finish_work(
    WorkKind kind, std::string key, std::optional<AuditNote> note, Deadline deadline
) {
    auto work = [kind, key = std::move(key),
                 note = std::move(note)](Connection& connection, WallTime now) -> Result<Done> {
        finish_work_row(connection, kind, key, note, now);
        return Done{};
    };
    return calls_.write<Done>(deadline, std::move(work));
}

Task<Result<Done>> SqliteLedger::record_finding(
    SaleId sale, std::string finding, std::string cause, std::string repair, Deadline deadline
) {
    auto work = [sale, finding = std::move(finding), cause = std::move(cause),
                 repair = std::move(repair)](Connection& connection, WallTime now) -> Result<Done> {
        connection.run(
            "INSERT INTO reconcile_findings (at, sale_id, finding, cause, repair)"
            " VALUES (?1, ?2, ?3, ?4, ?5)",
            now, sale, finding, cause, repair
        );
        return Done{};
    };
    return calls_.write<Done>(deadline, std::move(work));
}

}  // namespace sluice
