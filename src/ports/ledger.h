#pragma once
// The ledger: the SQL system of record, and always right. MariaDB/MySQL in production, SQLite in embedded mode. Every
// method is one transaction. Thread-safe; calls resume on the caller's executor.
//
// Errors (see classify() in domain/retry_policy.h): kTransient (deadlock, lock wait: certainly rolled back, repeat) ·
// kOutcomeUnknown (the COMMIT's reply was lost) · kPermanent (a constraint that cannot hold) · kUnavailable.
// Conflicts are values, not errors. tests/contract/ledger_contract.h is what every implementation passes.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/task.h"
#include "base/time.h"
#include "domain/admission.h"
#include "domain/ledger_change.h"
#include "domain/payment.h"
#include "ports/gate_image_stream.h"

namespace sluice {

// The lease read (docs/protocol.md §2).
struct Catalogue {
    Millis lease{3'000};
    Millis lease_margin{500};
    WallTime now;             // the ledger's clock
    std::vector<Sale> sales;  // all but drafts and retired ones, by id
};

struct SnapshotQuery {
    SaleId sale;
    std::vector<OrderId> orders;
    std::vector<BuyerId> buyers;
};

enum class DueKind : std::uint8_t { kPaymentDeadlines, kDeferredOrders, kDeferredWork, kUnmatchedPayments };
struct DueOrder {
    SaleId sale;
    OrderId order;
};
struct DueWork {  // only the asked kind's member is filled
    WallTime now;  // the ledger's clock
    std::vector<DueOrder> deadlines;     // awaiting payment past their deadline, without a deferred_work row
    std::vector<DeferredOrder> orders;   // parked and due
    std::vector<DeferredWork> work;      // parked and due
    std::vector<PaymentId> payments;     // unmatched, without a deferred_work row
};

struct PaymentOutcome {
    PaymentRow payment;  // as stored now
    bool repeated = false;              // this payment id was known already
    PaymentDecision decision = PaymentDecision::kWait;  // kReplace: the caller must try a new order for it
    std::optional<OrderRow> order;      // the target's row after the decision
};

inline constexpr Millis kExtensionMax{15 * 60 * 1000};

class Ledger {
public:
    virtual ~Ledger() = default;

    virtual Task<Result<Catalogue>> read_catalogue(Deadline) = 0;
    // One consistent snapshot. Errors: kNotFound (no such sale).
    virtual Task<Result<SaleSnapshot>> snapshot(SnapshotQuery query, Deadline) = 0;
    // Version-guarded and whole: either everything in the change or nothing.
    virtual Task<Result<Applied>> apply(LedgerChange change, Deadline) = 0;

    // epoch+1, gate_state recovering; no new version. Not idempotent: a lost reply costs one epoch number. kEnded: the
    // sale is retired.
    virtual Task<Result<Epoch>> begin_epoch(SaleId sale, Deadline) = 0;
    // Everything a new gate of `epoch` must know, from one snapshot, its long lists while they are read; whoever lets go
    // of the stream ends the reading. kConflict when the ledger is at another epoch or epoch-1 is not sealed yet.
    virtual Task<Result<GateImageStream>> stream_image(SaleId sale, Epoch epoch, Deadline) = 0;
    // The long lists as they are now, whatever the epoch: for Gate::load_ahead(). The two need not be of one version. A
    // ledger that is read in no time gives nothing.
    virtual Task<Result<std::shared_ptr<ImageSource>>> stream_rows(SaleId sale, Deadline);
    // The image, whole.
    Task<Result<GateImage>> gate_image(SaleId sale, Epoch epoch, Deadline);
    // gate_state := open iff the ledger still is at `epoch` (else kConflict). Idempotent.
    virtual Task<Result<Done>> open_gate(SaleId sale, Epoch epoch, Deadline) = 0;
    // retired := true iff closed, nothing awaits payment and nothing is deferred (else kConflict). Idempotent.
    virtual Task<Result<Done>> retire_sale(SaleId sale, Epoch epoch, Deadline) = 0;

    // Stores the payment (idempotent by its id) and decides it by plan_payment() against its order's row. kConflict when
    // the id is known with another order, amount or currency.
    virtual Task<Result<PaymentOutcome>> record_payment(Payment payment, Deadline) = 0;
    // Decides a stored unmatched payment again. kNotFound for an unknown id.
    virtual Task<Result<PaymentOutcome>> settle_payment(PaymentId payment, Deadline) = 0;
    // The payment now waits for this order. Idempotent; kConflict unless the payment is unmatched.
    virtual Task<Result<Done>> replace_order(PaymentId payment, OrderId replacement, Deadline) = 0;
    // unmatched → refund_due. Idempotent.
    virtual Task<Result<Done>> refund_payment(PaymentId payment, RefundReason reason, Deadline) = 0;

    // While the buyer is at the payment provider: an order awaiting payment gets extended_until = now + by, never earlier
    // than before and never later than deadline_at + kExtensionMax. Returns the row as it is then; nullopt: no such row.
    virtual Task<Result<std::optional<OrderRow>>> extend_deadline(OrderId order, Millis by, Deadline) = 0;

    virtual Task<Result<DueWork>> due(DueKind kind, std::size_t rows_max, Deadline) = 0;

    virtual Task<Result<std::optional<DeferredWork>>> find_work(WorkKind kind, std::string key, Deadline) = 0;
    // Upsert by (kind, key). A note goes into the audit log in the same transaction.
    virtual Task<Result<Done>> defer_work(DeferredWork work, std::optional<AuditNote> note, Deadline) = 0;
    virtual Task<Result<Done>> finish_work(WorkKind kind, std::string key, std::optional<AuditNote> note, Deadline) = 0;

    // Reconciliation's memory.
    virtual Task<Result<Done>> record_finding(
        SaleId sale, std::string finding, std::string cause, std::string repair, Deadline
    ) = 0;
};

}  // namespace sluice
