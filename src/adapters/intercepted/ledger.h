#pragma once
// InterceptedLedger: any Ledger whose calls pass an interceptor (README.md). apply() is named after its
// movement, e.g. "ledger.apply.settle".

#include "ports/ledger.h"

namespace sluice {

template <class Interceptor>
class InterceptedLedger final : public Ledger {
public:
    InterceptedLedger(Ledger& inner, Interceptor& interceptor) : inner_(inner), interceptor_(interceptor) {}

    Task<Result<Catalogue>> read_catalogue(Deadline deadline) override {
        return interceptor_.template around<Catalogue>("ledger.read_catalogue", [this, deadline] {
            return inner_.read_catalogue(deadline);
        });
    }
    Task<Result<SaleSnapshot>> snapshot(SnapshotQuery query, Deadline deadline) override {
        return interceptor_.template around<SaleSnapshot>(
            "ledger.snapshot",
            [this, query = std::move(query), deadline] { return inner_.snapshot(query, deadline); }
        );
    }
    Task<Result<Applied>> apply(LedgerChange change, Deadline deadline) override {
        auto name = "ledger.apply." + std::string(to_string(change.kind));
        return interceptor_.template around<Applied>(
            std::move(name), [this, change = std::move(change), deadline] {
                return inner_.apply(change, deadline);
            }
        );
    }
    Task<Result<Epoch>> begin_epoch(SaleId sale, Deadline deadline) override {
        return interceptor_.template around<Epoch>("ledger.begin_epoch", [this, sale, deadline] {
            return inner_.begin_epoch(sale, deadline);
        });
    }
    Task<Result<GateImageStream>> stream_image(SaleId sale, Epoch epoch, Deadline deadline) override {
        return interceptor_.template around<GateImageStream>("ledger.gate_image", [this, sale, epoch, deadline] {
            return inner_.stream_image(sale, epoch, deadline);
        });
    }
    Task<Result<std::shared_ptr<ImageSource>>> stream_rows(SaleId sale, Deadline deadline) override {
        return interceptor_.template around<std::shared_ptr<ImageSource>>("ledger.rows", [this, sale, deadline] {
            return inner_.stream_rows(sale, deadline);
        });
    }
    Task<Result<Done>> open_gate(SaleId sale, Epoch epoch, Deadline deadline) override {
        return interceptor_.template around<Done>("ledger.open_gate", [this, sale, epoch, deadline] {
            return inner_.open_gate(sale, epoch, deadline);
        });
    }
    Task<Result<Done>> retire_sale(SaleId sale, Epoch epoch, Deadline deadline) override {
        return interceptor_.template around<Done>("ledger.retire_sale", [this, sale, epoch, deadline] {
            return inner_.retire_sale(sale, epoch, deadline);
        });
    }
    Task<Result<PaymentOutcome>> record_payment(Payment payment, Deadline deadline) override {
        return interceptor_.template around<PaymentOutcome>(
            "ledger.record_payment", [this, payment = std::move(payment),
                                      deadline] { return inner_.record_payment(payment, deadline); }
        );
    }
    Task<Result<PaymentOutcome>> settle_payment(PaymentId payment, Deadline deadline) override {
        return interceptor_.template around<PaymentOutcome>(
            "ledger.settle_payment", [this, payment = std::move(payment),
                                      deadline] { return inner_.settle_payment(payment, deadline); }
        );
    }
    Task<Result<Done>> replace_order(PaymentId payment, OrderId replacement, Deadline deadline)
        override {
        return interceptor_.template around<Done>(
            "ledger.replace_order",
            [this, payment = std::move(payment), replacement, deadline] {
                return inner_.replace_order(payment, replacement, deadline);
            }
        );
    }
    Task<Result<Done>> refund_payment(PaymentId payment, RefundReason reason, Deadline deadline)
        override {
        return interceptor_.template around<Done>(
            "ledger.refund_payment",
            [this, payment = std::move(payment), reason, deadline] {
                return inner_.refund_payment(payment, reason, deadline);
            }
        );
    }
    Task<Result<std::optional<OrderRow>>> extend_deadline(
        OrderId order, Millis by, Deadline deadline
    ) override {
        return interceptor_.template around<std::optional<OrderRow>>(
            "ledger.extend_deadline",
            [this, order, by, deadline] { return inner_.extend_deadline(order, by, deadline); }
        );
    }
    Task<Result<DueWork>> due(DueKind kind, std::size_t rows_max, Deadline deadline) override {
        return interceptor_.template around<DueWork>("ledger.due", [this, kind, rows_max, deadline] {
            return inner_.due(kind, rows_max, deadline);
        });
    }
    Task<Result<std::optional<DeferredWork>>> find_work(
        WorkKind kind, std::string key, Deadline deadline
    ) override {
        return interceptor_.template around<std::optional<DeferredWork>>(
            "ledger.find_work", [this, kind, key = std::move(key),
                                 deadline] { return inner_.find_work(kind, key, deadline); }
        );
    }
    Task<Result<Done>> defer_work(
        DeferredWork work, std::optional<AuditNote> note, Deadline deadline
    ) override {
        return interceptor_.template around<Done>(
            "ledger.defer_work",
            [this, work = std::move(work), note = std::move(note), deadline] {
                return inner_.defer_work(work, note, deadline);
            }
        );
    }
    Task<Result<Done>> finish_work(
        WorkKind kind, std::string key, std::optional<AuditNote> note, Deadline deadline
    ) override {
        return interceptor_.template around<Done>(
            "ledger.finish_work",
            [this, kind, key = std::move(key), note = std::move(note), deadline] {
                return inner_.finish_work(kind, key, note, deadline);
            }
        );
    }
    Task<Result<Done>> record_finding(
        SaleId sale, std::string finding, std::string cause, std::string repair, Deadline deadline
    ) override {
        return interceptor_.template around<Done>(
            "ledger.record_finding",
            [this, sale, finding = std::move(finding), cause = std::move(cause),
             repair = std::move(repair),
             deadline] { return inner_.record_finding(sale, finding, cause, repair, deadline); }
        );
    }

private:
    Ledger& inner_;
    Interceptor& interceptor_;
};

}  // namespace sluice
