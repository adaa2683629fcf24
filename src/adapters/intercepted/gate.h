#pragma once
// InterceptedGate: any Gate whose calls pass an interceptor (README.md). Every method is one call.

#include "ports/gate.h"

namespace sluice {

template <class Interceptor>
class InterceptedGate final : public Gate {
public:
    InterceptedGate(Gate& inner, Interceptor& interceptor) : inner_(inner), interceptor_(interceptor) {}

    Task<Result<ReserveReply>> reserve(
        SaleId sale, std::vector<ReserveRequest> requests, Deadline deadline
    ) override {
        return interceptor_.template around<ReserveReply>(
            "gate.reserve", [this, sale, requests = std::move(requests),
                             deadline] { return inner_.reserve(sale, requests, deadline); }
        );
    }
    Task<Result<SyncVerdict>> sync(LedgerTruth truth, Deadline deadline) override {
        return interceptor_.template around<SyncVerdict>("gate.sync", [this, truth = std::move(truth), deadline] {
            return inner_.sync(truth, deadline);
        });
    }
    Task<Result<OrderBatch>> claim_stale(SaleId sale, std::size_t orders_max, Deadline deadline)
        override {
        return interceptor_.template around<OrderBatch>("gate.claim_stale", [this, sale, orders_max, deadline] {
            return inner_.claim_stale(sale, orders_max, deadline);
        });
    }
    Task<Result<Done>> park(
        SaleId sale, Epoch epoch, std::vector<ParkedOrder> orders, Deadline deadline
    ) override {
        return interceptor_.template around<Done>(
            "gate.park", [this, sale, epoch, orders = std::move(orders),
                          deadline] { return inner_.park(sale, epoch, orders, deadline); }
        );
    }
    Task<Result<ServerId>> server_of(SaleId sale, Deadline deadline) override {
        return interceptor_.template around<ServerId>("gate.server_of", [this, sale, deadline] {
            return inner_.server_of(sale, deadline);
        });
    }
    Task<Result<ImageRows>> load_ahead(
        SaleId sale, ServerId expected, Epoch epoch, std::shared_ptr<ImageSource> rows, Deadline deadline
    ) override {
        return interceptor_.template around<ImageRows>(
            "gate.load_ahead", [this, sale, expected = std::move(expected), epoch, rows = std::move(rows),
                                deadline] { return inner_.load_ahead(sale, expected, epoch, rows, deadline); }
        );
    }
    Task<Result<LoadVerdict>> load_stream(
        SaleId sale, ServerId expected, GateImageStream stream, Deadline deadline
    ) override {
        return interceptor_.template around<LoadVerdict>(
            "gate.load", [this, sale, expected = std::move(expected), stream = std::move(stream),
                          deadline] { return inner_.load_stream(sale, expected, stream, deadline); }
        );
    }
    Task<Result<Done>> set_state(
        SaleId sale, Epoch epoch, Revision revision, SaleState state, Deadline deadline
    ) override {
        return interceptor_.template around<Done>("gate.set_state", [this, sale, epoch, revision, state, deadline] {
            return inner_.set_state(sale, epoch, revision, state, deadline);
        });
    }
    Task<Result<GateFigures>> figures(SaleId sale, Deadline deadline) override {
        return interceptor_.template around<GateFigures>("gate.figures", [this, sale, deadline] {
            return inner_.figures(sale, deadline);
        });
    }
    Task<Result<GateSnapshot>> snapshot(SaleId sale, Deadline deadline) override {
        return interceptor_.template around<GateSnapshot>("gate.snapshot", [this, sale, deadline] {
            return inner_.snapshot(sale, deadline);
        });
    }
    Task<Result<std::optional<HeldOrder>>> find_held(OrderId order, Deadline deadline) override {
        return interceptor_.template around<std::optional<HeldOrder>>("gate.find_held", [this, order, deadline] {
            return inner_.find_held(order, deadline);
        });
    }
    Task<Result<std::vector<KnownOrder>>> letters(
        SaleId sale, std::vector<OrderId> orders, Deadline deadline
    ) override {
        return interceptor_.template around<std::vector<KnownOrder>>(
            "gate.letters", [this, sale, orders = std::move(orders),
                             deadline] { return inner_.letters(sale, orders, deadline); }
        );
    }
    Task<Result<Done>> retire(SaleId sale, Epoch epoch, Deadline deadline) override {
        return interceptor_.template around<Done>("gate.retire", [this, sale, epoch, deadline] {
            return inner_.retire(sale, epoch, deadline);
        });
    }

private:
    Gate& inner_;
    Interceptor& interceptor_;
};

}  // namespace sluice
