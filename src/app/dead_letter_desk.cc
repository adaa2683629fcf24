#include "app/dead_letter_desk.h"

#include <utility>

#include "app/change_ledger.h"
#include "app/sync_gate.h"
#include "domain/changes.h"

namespace sluice {

namespace {

Error not_buried(const SaleSnapshot& snapshot) {
    const bool settled = !snapshot.orders.empty();
    const bool parked = !snapshot.deferred.empty();
    std::string state = "not deferred";
    if (settled) state = to_string(snapshot.orders.front().state);
    if (!settled && parked) state = "parked for its next attempt";
    return fail(Code::kConflict, "the order is not buried: it is " + state);
}

// A person redrove it, and nobody has tried it since.
bool is_redriven(const SaleSnapshot& snapshot) {
    if (!snapshot.orders.empty() || snapshot.deferred.empty()) return false;
    const DeferredOrder& row = snapshot.deferred.front();
    return row.state == DeferredState::kParked && row.attempt == 0;
}

bool is_discarded(const SaleSnapshot& snapshot) {
    return !snapshot.orders.empty() && snapshot.orders.front().reason == Reason::kDiscarded;
}

}  // namespace

Task<Result<Done>> DeadLetterDesk::redrive_order(OrderId order, Actor actor, Deadline deadline) {
    AuditNote note{std::move(actor.name), "redrive", "order " + order.text(), std::move(actor.reason)};
    SnapshotQuery query;
    query.sale = order.sale();
    query.orders.push_back(order);
    SaleSnapshot seen;
    bool redriven = false;
    Planner plan = [&](const SaleSnapshot& snapshot) {
        auto change = plan_redrive(snapshot, order, note);
        redriven = change || is_redriven(snapshot);
        seen = snapshot;
        return change;
    };
    auto outcome = co_await change_ledger(ports_.ledger, ports_.meter, std::move(query), std::move(plan), deadline);
    if (!outcome.ok()) co_return outcome.error();
    if (!redriven) co_return not_buried(seen);
    // The row is due now; if this message is lost, the sweeper publishes it. A second copy is a duplicate.
    const DeferredOrder& row = seen.deferred.front();
    OrderBatch batch{row.sale, row.epoch, {row.order}};
    const Partition partition = partition_of(row.sale, ports_.queue.partitions());
    Message message = std::move(batch);
    (void)co_await ports_.queue.publish(partition, std::move(message), deadline);
    co_return Done{};
}

Task<Result<Done>> DeadLetterDesk::discard_order(OrderId order, Actor actor, Deadline deadline) {
    AuditNote note{std::move(actor.name), "discard", "order " + order.text(), std::move(actor.reason)};
    SnapshotQuery query;
    query.sale = order.sale();
    query.orders.push_back(order);
    SaleSnapshot seen;
    Planner plan = [&](const SaleSnapshot& snapshot) {
        seen = snapshot;
        return plan_discard(snapshot, order, note);
    };
    auto outcome = co_await change_ledger(ports_.ledger, ports_.meter, std::move(query), std::move(plan), deadline);
    if (!outcome.ok()) co_return outcome.error();
    if (!outcome->truth && !is_discarded(seen)) co_return not_buried(seen);
    // Of an earlier discard the sync may be what was lost.
    LedgerTruth truth = outcome->truth ? std::move(*outcome->truth) : truth_of(seen);
    co_await sync_gate(ports_.gate, ports_.meter, std::move(truth), deadline);
    co_return Done{};
}

Task<Result<DeferredWork>> DeadLetterDesk::find_work(WorkKind kind, std::string key, Deadline deadline) {
    auto row = co_await ports_.ledger.find_work(kind, std::move(key), deadline);
    if (!row.ok()) co_return row.error();
    if (!row->has_value()) co_return fail(Code::kNotFound, "no such deferred work");
    co_return std::move(**row);
}

Task<Result<Done>> DeadLetterDesk::redrive_work(WorkKind kind, std::string key, Actor actor, Deadline deadline) {
    auto row = co_await find_work(kind, key, deadline);
    if (!row.ok()) co_return row.error();
    const bool redriven = row->state == DeferredState::kParked && row->attempt == 0;
    if (redriven) co_return Done{};
    if (row->state != DeferredState::kBuried) co_return fail(Code::kConflict, "the work is not buried");
    row->state = DeferredState::kParked;
    row->attempt = 0;
    row->due_at = ports_.clock.wall();
    AuditNote note{
        std::move(actor.name), "redrive", std::string(to_string(kind)) + " " + key, std::move(actor.reason)};
    std::optional<AuditNote> recorded = std::move(note);
    auto written = co_await ports_.ledger.defer_work(std::move(*row), std::move(recorded), deadline);
    if (written.ok() && due_now_) due_now_();
    co_return written;
}

Task<Result<Done>> DeadLetterDesk::discard_work(WorkKind kind, std::string key, Actor actor, Deadline deadline) {
    auto row = co_await find_work(kind, key, deadline);
    if (!row.ok()) co_return row.error();
    if (row->state != DeferredState::kBuried) co_return fail(Code::kConflict, "the work is not buried");
    AuditNote note{
        std::move(actor.name), "discard", std::string(to_string(kind)) + " " + key, std::move(actor.reason)};
    std::optional<AuditNote> recorded = std::move(note);
    co_return co_await ports_.ledger.finish_work(kind, std::move(key), std::move(recorded), deadline);
}

}  // namespace sluice
