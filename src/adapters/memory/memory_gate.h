#pragma once
// MemoryGate: the gate of embedded mode. The reference model (domain/admission.h), one instance per
// sale, all on one strand, so that each call is one atomic step like a script. Its content dies
// with the process: a restart is "the gate's server lost everything", and the next server id
// differs (docs/protocol.md §12).
//
// Thread-safe; calls resume on the caller's executor. Arguments are checked before any change:
// kInvalidField means that nothing happened. Deadlines are not looked at: every call ends at once.

#include <memory>
#include <vector>

#include "audit/evidence.h"
#include "ports/clock.h"
#include "ports/gate.h"

namespace sluice {

class MemoryGate final : public Gate {
public:
    // `strand` runs one piece of work at a time and outlives the gate. `self` is new for every gate
    // object.
    MemoryGate(Executor strand, const Clock& clock, ServerId self);
    ~MemoryGate() override;
    MemoryGate(const MemoryGate&) = delete;
    MemoryGate& operator=(const MemoryGate&) = delete;

    Task<Result<ReserveReply>> reserve(SaleId sale, std::vector<ReserveRequest> requests, Deadline)
        override;
    Task<Result<SyncVerdict>> sync(LedgerTruth truth, Deadline) override;
    Task<Result<OrderBatch>> claim_stale(SaleId sale, std::size_t orders_max, Deadline) override;
    Task<Result<Done>> park(SaleId sale, Epoch epoch, std::vector<ParkedOrder> orders, Deadline)
        override;
    Task<Result<ServerId>> server_of(SaleId sale, Deadline) override;
    Task<Result<LoadVerdict>> load_stream(SaleId sale, ServerId expected, GateImageStream stream, Deadline)
        override;
    Task<Result<Done>> set_state(
        SaleId sale, Epoch epoch, Revision revision, SaleState state, Deadline
    ) override;
    Task<Result<GateFigures>> figures(SaleId sale, Deadline) override;
    Task<Result<GateSnapshot>> snapshot(SaleId sale, Deadline) override;
    Task<Result<std::optional<HeldOrder>>> find_held(OrderId order, Deadline) override;
    Task<Result<std::vector<KnownOrder>>> letters(
        SaleId sale, std::vector<OrderId> orders, Deadline
    ) override;
    Task<Result<Done>> retire(SaleId sale, Epoch epoch, Deadline) override;

    // What the auditor may know of every loaded gate, by sale; each one atomic.
    Task<std::vector<audit::GateFacts>> facts();

private:
    struct State;

    Executor strand_;
    std::shared_ptr<State> state_;  // shared with work on the strand, which may outlive the gate
};

}  // namespace sluice
