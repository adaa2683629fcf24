#pragma once
// RedisGate: the gate of production (docs/protocol.md §3): the scripts of lua/ on a Redis server,
// each call one atomic step there. What it does is domain/admission.h, with which tests/redis
// compares it.
//
// Belongs to the executor of its connection; every io thread has a connection and a gate of its
// own. Failure: kUnavailable (certainly nothing happened), kOutcomeUnknown (may have happened),
// kInvalidField (bad arguments, nothing happened), kOverloaded (the connection is full, nothing
// happened). Every error reply of the server fails closed. A load that was not committed leaves
// only rows that disappear by themselves.

#include <vector>

#include "adapters/redis/connection.h"
#include "adapters/redis/gate_codec.h"
#include "adapters/redis/script_runner.h"
#include "ports/gate.h"

namespace sluice {

class RedisGate final : public Gate {
public:
    // `connection` outlives the gate; calls come from coroutines of its executor.
    explicit RedisGate(RedisConnection& connection)
        : connection_(connection), scripts_(connection) {}

    // At most kReserveOrdersMax orders a call.
    Task<Result<ReserveReply>> reserve(SaleId sale, std::vector<ReserveRequest> requests, Deadline)
        override;
    // A truth of more than kSyncOrdersMax orders or buyers goes in several steps; each leaves the
    // gate as it would be with some syncs still to come, never with more room than it has.
    Task<Result<SyncVerdict>> sync(LedgerTruth truth, Deadline) override;
    Task<Result<OrderBatch>> claim_stale(SaleId sale, std::size_t orders_max, Deadline) override;
    Task<Result<Done>> park(SaleId sale, Epoch epoch, std::vector<ParkedOrder> orders, Deadline)
        override;
    Task<Result<ServerId>> server_of(SaleId sale, Deadline) override;
    // Redis takes a piece while the next one is read and made.
    Task<Result<ImageRows>> load_ahead(
        SaleId sale, ServerId expected, Epoch epoch, std::shared_ptr<ImageSource> rows, Deadline
    ) override;
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

    static constexpr std::size_t kReserveOrdersMax = 4'000;
    static constexpr std::size_t kSyncOrdersMax = 4'000;

private:
    Task<Result<Reply>> run(
        Script script, SaleId sale, const Arguments& arguments, Deadline deadline
    );

    RedisConnection& connection_;
    ScriptRunner scripts_;
};

}  // namespace sluice
