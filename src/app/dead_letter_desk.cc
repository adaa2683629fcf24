#include "app/dead_letter_desk.h"

#include <utility>

#include "app/change_ledger.h"
#include "app/sync_gate.h"
#include "domain/changes.h"

namespace sluice {

DeadLetterDesk::DeadLetterDesk(
    Ledger& ledger, Gate& gate, OrderQueue& queue, Clock& clock, Meter& meter,
    std::function<void()> due_now
)
    : ledger_(ledger), gate_(gate), queue_(queue), clock_(clock), meter_(meter),
      due_now_(std::move(due_now)) {}

Task<Result<Done>> DeadLetterDesk::redrive_order(OrderId order, Actor actor, Deadline deadline) {
    AuditNote note{std::move(actor.name), "redrive", "order " + order.text(), std::move(actor.reason)};
    SnapshotQuery query;
    query.sale = order.sale();
    query.orders.push_back(order);
    std::optional<DeferredOrder> row;
    Planner plan = [&](const SaleSnapshot& snapshot) {
        auto change = plan_redrive(snapshot, order, note);
        row = change ? std::optional(snapshot.deferred.front()) : std::nullopt;
        return change;
    };
    auto outcome = co_await change_ledger(ledger_, meter_, std::move(query), std::move(plan), deadline);
    if (!outcome.ok()) co_return outcome.error();
    if (!row) co_return fail(Code::kConflict, "the order is not buried");
    // The row is due now; if this message is lost, the sweeper publishes it.
    OrderBatch batch{row->sale, row->epoch, {row->order}};
    const Partition partition{static_cast<std::uint16_t>(row->sale.value() % queue_.partitions())};
    Message message = std::move(batch);
    (void)co_await queue_.publish(partition, std::move(message), deadline);
    co_return Done{};
}

Task<Result<Done>> DeadLetterDesk::discard_order(OrderId order, Actor actor, Deadline deadline) {
    AuditNote note{std::move(actor.name), "discard", "order " + order.text(), std::move(actor.reason)};
    SnapshotQuery query;
    query.sale = order.sale();
    query.orders.push_back(order);
    Planner plan = [&](const SaleSnapshot& snapshot) { return plan_discard(snapshot, order, note); };
    auto outcome = co_await change_ledger(ledger_, meter_, std::move(query), std::move(plan), deadline);
    if (!outcome.ok()) co_return outcome.error();
    if (!outcome->truth) co_return fail(Code::kConflict, "the order is not buried");
    co_await sync_gate(gate_, meter_, std::move(*outcome->truth), deadline);
    co_return Done{};
}

Task<Result<DeferredWork>> DeadLetterDesk::buried_work(WorkKind kind, std::string key, Deadline deadline) {
    auto row = co_await ledger_.find_work(kind, std::move(key), deadline);
    if (!row.ok()) co_return row.error();
    if (!row->has_value()) co_return fail(Code::kNotFound, "no such deferred work");
    if ((*row)->state != DeferredState::kBuried) co_return fail(Code::kConflict, "the work is not buried");
    co_return std::move(**row);
}

Task<Result<Done>> DeadLetterDesk::redrive_work(WorkKind kind, std::string key, Actor actor, Deadline deadline) {
    auto row = co_await buried_work(kind, key, deadline);
    if (!row.ok()) co_return row.error();
    row->state = DeferredState::kParked;
    row->attempt = 1;
    row->due_at = clock_.wall();
    row->last_error += " (redriven by " + actor.name + ": " + actor.reason + ")";
    auto written = co_await ledger_.defer_work(std::move(*row), deadline);
    if (written.ok() && due_now_) due_now_();
    co_return written;
}

Task<Result<Done>> DeadLetterDesk::discard_work(WorkKind kind, std::string key, Actor actor, Deadline deadline) {
    auto row = co_await buried_work(kind, key, deadline);
    if (!row.ok()) co_return row.error();
    AuditNote note{
        std::move(actor.name), "discard", std::string(to_string(kind)) + " " + key, std::move(actor.reason)};
    std::optional<AuditNote> recorded = std::move(note);
    co_return co_await ledger_.finish_work(kind, std::move(key), std::move(recorded), deadline);
}

}  // namespace sluice
