#pragma once
// The fast admission state of every sale (docs/protocol.md §3): Redis in production, process memory in embedded mode.
// It is a projection of the ledger and may be lost at any moment. Thread-safe; calls resume on the caller's executor.
// Errors: kUnavailable (certainly nothing happened), kOutcomeUnknown (may have happened). tests/contract/gate_contract.h
// is what every implementation passes.

#include <memory>
#include <vector>

#include "async/task.h"
#include "base/time.h"
#include "domain/admission.h"
#include "ports/gate_image_stream.h"

namespace sluice {

class Gate {
public:
    virtual ~Gate() = default;

    virtual Task<Result<ReserveReply>> reserve(SaleId sale, std::vector<ReserveRequest> requests, Deadline) = 0;
    // Idempotent and order-insensitive.
    virtual Task<Result<SyncVerdict>> sync(LedgerTruth truth, Deadline) = 0;
    virtual Task<Result<OrderBatch>> claim_stale(SaleId sale, std::size_t orders_max, Deadline) = 0;
    virtual Task<Result<Done>> park(SaleId sale, Epoch epoch, std::vector<ParkedOrder> orders, Deadline) = 0;
    // Of the server that would hold this sale's gate now.
    virtual Task<Result<ServerId>> server_of(SaleId sale, Deadline) = 0;
    // Before a load of `epoch`, while the old gate is in use: takes rows that the ledger had a while ago, in the ledger's
    // order, so that the load brings only what has changed since. Gives back what it has taken, for the load's stream; any
    // error means that the load must bring everything. A gate that loads in no time takes nothing.
    virtual Task<Result<ImageRows>> load_ahead(
        SaleId sale, ServerId expected, Epoch epoch, std::shared_ptr<ImageSource> rows, Deadline
    );
    // A load of unknown outcome is never repeated: start again with the next epoch.
    // Errors of the stream are the answer, and nothing is loaded then.
    virtual Task<Result<LoadVerdict>> load_stream(SaleId sale, ServerId expected, GateImageStream stream, Deadline) = 0;
    // The same for an image that is there already.
    Task<Result<LoadVerdict>> load(SaleId sale, ServerId expected, GateImage image, Deadline);
    virtual Task<Result<Done>> set_state(SaleId sale, Epoch epoch, Revision revision, SaleState state, Deadline) = 0;
    // At a constant cost.
    virtual Task<Result<GateFigures>> figures(SaleId sale, Deadline) = 0;
    // The figures and every held order: the server is busy with it for about a microsecond an order.
    virtual Task<Result<GateSnapshot>> snapshot(SaleId sale, Deadline) = 0;
    // The held order of this id, if the gate holds it.
    virtual Task<Result<std::optional<HeldOrder>>> find_held(OrderId order, Deadline) = 0;
    // Letters of the asked orders that the gate knows: hints for reconciliation.
    virtual Task<Result<std::vector<KnownOrder>>> letters(SaleId sale, std::vector<OrderId> orders, Deadline) = 0;
    // Deletes the keys of a closed sale, if the gate is still of `epoch` and nothing is held.
    virtual Task<Result<Done>> retire(SaleId sale, Epoch epoch, Deadline) = 0;
};

}  // namespace sluice
