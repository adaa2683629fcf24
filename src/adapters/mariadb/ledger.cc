#include "adapters/mariadb/ledger.h"

#include "adapters/mariadb/image_stream.h"
#include "adapters/mariadb/ledger_apply.h"
#include "adapters/mariadb/ledger_due.h"
#include "adapters/mariadb/ledger_epoch.h"
#include "adapters/mariadb/ledger_snapshot.h"
#include "adapters/mariadb/payments.h"
#include "adapters/mariadb/rows.h"
#include "adapters/mariadb/texts.h"

namespace sluice {

using maria::Connection;

Task<Result<Catalogue>> MariaLedger::read_catalogue(Deadline deadline) {
    return pool_.read<Catalogue>(deadline, maria::read_sale_catalogue);
}

Task<Result<SaleSnapshot>> MariaLedger::snapshot(SnapshotQuery query, Deadline deadline) {
    auto work = [query = std::move(query)](Connection& connection) {
        return maria::read_snapshot(connection, query);
    };
    return pool_.read<SaleSnapshot>(deadline, std::move(work));
}

Task<Result<Applied>> MariaLedger::apply(LedgerChange change, Deadline deadline) {
    auto work = [change = std::move(change)](Connection& connection) {
        return maria::apply_change(connection, change);
    };
    return pool_.write<Applied>(deadline, std::move(work));
}

Task<Result<Epoch>> MariaLedger::begin_epoch(SaleId sale, Deadline deadline) {
    auto work = [sale](Connection& connection) {
        return maria::begin_next_epoch(connection, sale);
    };
    return pool_.write<Epoch>(deadline, std::move(work));
}

Task<Result<GateImageStream>> MariaLedger::stream_image(SaleId sale, Epoch epoch, Deadline deadline) {
    return maria::stream_gate_image(pool_, sale, epoch, deadline);
}

Task<Result<std::shared_ptr<ImageSource>>> MariaLedger::stream_rows(SaleId sale, Deadline deadline) {
    return maria::stream_image_rows(pool_, sale, deadline);
}

Task<Result<Done>> MariaLedger::open_gate(SaleId sale, Epoch epoch, Deadline deadline) {
    auto work = [sale, epoch](Connection& connection) {
        return maria::open_gate_of(connection, sale, epoch);
    };
    return pool_.write<Done>(deadline, std::move(work));
}

Task<Result<Done>> MariaLedger::retire_sale(SaleId sale, Epoch epoch, Deadline deadline) {
    auto work = [sale, epoch](Connection& connection) {
        return maria::retire_sale_of(connection, sale, epoch);
    };
    return pool_.write<Done>(deadline, std::move(work));
}

Task<Result<PaymentOutcome>> MariaLedger::record_payment(Payment payment, Deadline deadline) {
    auto work = [payment = std::move(payment)](Connection& connection) {
        return maria::store_payment(connection, payment);
    };
    return pool_.write<PaymentOutcome>(deadline, std::move(work));
}

Task<Result<PaymentOutcome>> MariaLedger::settle_payment(PaymentId payment, Deadline deadline) {
    auto work = [payment = std::move(payment)](Connection& connection) {
        return maria::decide_stored_payment(connection, payment);
    };
    return pool_.write<PaymentOutcome>(deadline, std::move(work));
}

Task<Result<Done>> MariaLedger::replace_order(
    PaymentId payment, OrderId replacement, Deadline deadline
) {
    auto work = [payment = std::move(payment), replacement](Connection& connection) {
        return maria::set_replacement(connection, payment, replacement);
    };
    return pool_.write<Done>(deadline, std::move(work));
}

Task<Result<Done>> MariaLedger::refund_payment(
    PaymentId payment, RefundReason reason, Deadline deadline
) {
    auto work = [payment = std::move(payment), reason](Connection& connection) {
        return maria::set_refund_due(connection, payment, reason);
    };
    return pool_.write<Done>(deadline, std::move(work));
}

Task<Result<std::optional<OrderRow>>> MariaLedger::extend_deadline(
    OrderId order, Millis by, Deadline deadline
) {
    using Row = std::optional<OrderRow>;
    auto work = [order, by](Connection& connection) -> Result<Row> {
        return maria::extend_order_deadline(connection, order, by);
    };
    return pool_.write<Row>(deadline, std::move(work));
}

Task<Result<DueWork>> MariaLedger::due(DueKind kind, std::size_t rows_max, Deadline deadline) {
    auto work = [kind, rows_max](Connection& connection) -> Result<DueWork> {
        return maria::read_due(connection, kind, rows_max);
    };
    // The list of passed deadlines takes locks for a moment.
    if (kind == DueKind::kPaymentDeadlines) return pool_.write<DueWork>(deadline, std::move(work));
    return pool_.read<DueWork>(deadline, std::move(work));
}

Task<Result<std::optional<DeferredWork>>> MariaLedger::find_work(
    WorkKind kind, std::string key, Deadline deadline
) {
    using Row = std::optional<DeferredWork>;
    auto work = [kind, key = std::move(key)](Connection& connection) -> Result<Row> {
        return maria::find_work_row(connection, kind, key);
    };
    return pool_.read<Row>(deadline, std::move(work));
}

Task<Result<Done>> MariaLedger::defer_work(
    DeferredWork row, std::optional<AuditNote> note, Deadline deadline
) {
    auto work = [row = std::move(row),
                 note = std::move(note)](Connection& connection) -> Result<Done> {
        maria::upsert_work(connection, row);
        if (note) maria::write_note(connection, maria::read_now(connection), *note);
        return Done{};
    };
    return pool_.write<Done>(deadline, std::move(work));
}

Task<Result<Done>> MariaLedger::finish_work(
    WorkKind kind, std::string key, std::optional<AuditNote> note, Deadline deadline
) {
    auto work = [kind, key = std::move(key),
                 note = std::move(note)](Connection& connection) -> Result<Done> {
        maria::finish_work_row(connection, kind, key, note);
        return Done{};
    };
    return pool_.write<Done>(deadline, std::move(work));
}

Task<Result<Done>> MariaLedger::record_finding(
    SaleId sale, std::string finding, std::string cause, std::string repair, Deadline deadline
) {
    auto work = [sale, finding = std::move(finding), cause = std::move(cause),
                 repair = std::move(repair)](Connection& connection) -> Result<Done> {
        connection.run(
            "INSERT INTO reconcile_findings (at, sale_id, finding, cause, repair)"
            " VALUES (?, ?, ?, ?, ?)",
            maria::read_now(connection), sale, maria::fitting(finding), maria::fitting(cause),
            maria::fitting(repair)
        );
        return Done{};
    };
    return pool_.write<Done>(deadline, std::move(work));
}

}  // namespace sluice
