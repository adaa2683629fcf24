#pragma once
// The production ledger: ports/ledger.h over MariaDB or MySQL (docs/protocol.md §6). Reads are one
// consistent snapshot; writes are one READ COMMITTED transaction each, with locks taken in one
// order everywhere: stock row, then orders. The database clock is the server's. Thread-safe. Errors
// as the port and the pool say.

#include "adapters/mariadb/pool.h"
#include "ports/ledger.h"

namespace sluice {

class MariaLedger final : public Ledger {
public:
    explicit MariaLedger(MariaPool& pool) : pool_(pool) {}

    Task<Result<Catalogue>> read_catalogue(Deadline) override;
    Task<Result<SaleSnapshot>> snapshot(SnapshotQuery query, Deadline) override;
    Task<Result<Applied>> apply(LedgerChange change, Deadline) override;

    Task<Result<Epoch>> begin_epoch(SaleId sale, Deadline) override;
    Task<Result<GateImageStream>> stream_image(SaleId sale, Epoch epoch, Deadline) override;
    Task<Result<std::shared_ptr<ImageSource>>> stream_rows(SaleId sale, Deadline) override;
    Task<Result<Done>> open_gate(SaleId sale, Epoch epoch, Deadline) override;
    Task<Result<Done>> retire_sale(SaleId sale, Epoch epoch, Deadline) override;

    Task<Result<PaymentOutcome>> record_payment(Payment payment, Deadline) override;
    Task<Result<PaymentOutcome>> settle_payment(PaymentId payment, Deadline) override;
    Task<Result<Done>> replace_order(PaymentId payment, OrderId replacement, Deadline) override;
    Task<Result<Done>> refund_payment(PaymentId payment, RefundReason reason, Deadline) override;
    Task<Result<std::optional<OrderRow>>> extend_deadline(OrderId order, Millis by, Deadline)
        override;

    Task<Result<DueWork>> due(DueKind kind, std::size_t rows_max, Deadline) override;
    Task<Result<std::optional<DeferredWork>>> find_work(WorkKind kind, std::string key, Deadline)
        override;
    Task<Result<Done>> defer_work(DeferredWork work, std::optional<AuditNote> note, Deadline)
        override;
    Task<Result<Done>> finish_work(
        WorkKind kind, std::string key, std::optional<AuditNote> note, Deadline
    ) override;

    Task<Result<Done>> record_finding(
        SaleId sale, std::string finding, std::string cause, std::string repair, Deadline
    ) override;

private:
    MariaPool& pool_;
};

}  // namespace sluice
