#pragma once
// FailingGate: any Gate under a FaultPlan. Every method is one port call.

#include "ports/gate.h"
#include "support/failing_ports_plan.h"

namespace sluice {

class FailingGate final : public Gate {
public:
    FailingGate(Gate& inner, FaultPlan& plan) : inner_(inner), plan_(plan) {}

    Task<Result<ReserveReply>> reserve(
        SaleId sale, std::vector<ReserveRequest> requests, Deadline deadline
    ) override {
        return plan_.around<ReserveReply>(
            "gate.reserve", [this, sale, requests = std::move(requests),
                             deadline] { return inner_.reserve(sale, requests, deadline); }
        );
    }
    Task<Result<SyncVerdict>> sync(LedgerTruth truth, Deadline deadline) override {
        return plan_.around<SyncVerdict>("gate.sync", [this, truth = std::move(truth), deadline] {
            return inner_.sync(truth, deadline);
        });
    }
    Task<Result<OrderBatch>> claim_stale(SaleId sale, std::size_t orders_max, Deadline deadline)
        override {
        return plan_.around<OrderBatch>("gate.claim_stale", [this, sale, orders_max, deadline] {
            return inner_.claim_stale(sale, orders_max, deadline);
        });
    }
    Task<Result<Done>> park(
        SaleId sale, Epoch epoch, std::vector<ParkedOrder> orders, Deadline deadline
    ) override {
        return plan_.around<Done>(
            "gate.park", [this, sale, epoch, orders = std::move(orders),
                          deadline] { return inner_.park(sale, epoch, orders, deadline); }
        );
    }
    Task<Result<ServerId>> server_of(SaleId sale, Deadline deadline) override {
        return plan_.around<ServerId>("gate.server_of", [this, sale, deadline] {
            return inner_.server_of(sale, deadline);
        });
    }
    Task<Result<LoadVerdict>> load(
        SaleId sale, ServerId expected, GateImage image, Deadline deadline
    ) override {
        return plan_.around<LoadVerdict>(
            "gate.load", [this, sale, expected = std::move(expected), image = std::move(image),
                          deadline] { return inner_.load(sale, expected, image, deadline); }
        );
    }
    Task<Result<Done>> set_state(
        SaleId sale, Epoch epoch, Revision revision, SaleState state, Deadline deadline
    ) override {
        return plan_.around<Done>("gate.set_state", [this, sale, epoch, revision, state, deadline] {
            return inner_.set_state(sale, epoch, revision, state, deadline);
        });
    }
    Task<Result<GateFigures>> figures(SaleId sale, Deadline deadline) override {
        return plan_.around<GateFigures>("gate.figures", [this, sale, deadline] {
            return inner_.figures(sale, deadline);
        });
    }
    Task<Result<GateSnapshot>> snapshot(SaleId sale, Deadline deadline) override {
        return plan_.around<GateSnapshot>("gate.snapshot", [this, sale, deadline] {
            return inner_.snapshot(sale, deadline);
        });
    }
    Task<Result<std::optional<HeldOrder>>> find_held(OrderId order, Deadline deadline) override {
        return plan_.around<std::optional<HeldOrder>>("gate.find_held", [this, order, deadline] {
            return inner_.find_held(order, deadline);
        });
    }
    Task<Result<std::vector<KnownOrder>>> letters(
        SaleId sale, std::vector<OrderId> orders, Deadline deadline
    ) override {
        return plan_.around<std::vector<KnownOrder>>(
            "gate.letters", [this, sale, orders = std::move(orders),
                             deadline] { return inner_.letters(sale, orders, deadline); }
        );
    }
    Task<Result<Done>> retire(SaleId sale, Epoch epoch, Deadline deadline) override {
        return plan_.around<Done>("gate.retire", [this, sale, epoch, deadline] {
            return inner_.retire(sale, epoch, deadline);
        });
    }

private:
    Gate& inner_;
    FaultPlan& plan_;
};

}  // namespace sluice
