#include "app/defer_orders.h"

#include <map>
#include <unordered_map>
#include <utility>

#include "app/sync_gate.h"
#include "domain/changes.h"

namespace sluice {

std::vector<DeferredOrder> DeferOrders::rows_of(
    const SaleSnapshot& snapshot, const std::vector<RunOrder>& run, const Error& why
) const {
    std::unordered_map<OrderId, const DeferredOrder*> known;
    for (const DeferredOrder& row : snapshot.deferred) known.emplace(row.order.order, &row);
    const bool permanent = classify(why) == FailureClass::kPermanent;
    std::vector<DeferredOrder> rows;
    for (const RunOrder& failed : run) {
        const auto before = known.find(failed.order.order);
        if (before != known.end() && before->second->state == DeferredState::kBuried) continue;
        DeferredOrder row;
        row.order = failed.order;
        row.sale = snapshot.sale.id;
        row.epoch = failed.epoch;
        row.attempt = before == known.end() ? 1 : std::min(before->second->attempt + 1, kAttemptsMax);
        const auto tier = permanent ? std::nullopt : tier_after(row.attempt);
        row.state = tier ? DeferredState::kParked : DeferredState::kBuried;
        row.due_at = tier ? snapshot.now + tiers_.delay(*tier) : snapshot.now;
        row.first_failed_at = before == known.end() ? snapshot.now : before->second->first_failed_at;
        row.last_error = to_string(why);
        rows.push_back(std::move(row));
    }
    return rows;
}

Task<Result<Done>> DeferOrders::defer(SaleId sale, std::vector<RunOrder> run, Error why, Deadline deadline) {
    SnapshotQuery query;
    query.sale = sale;
    for (const RunOrder& order : run) query.orders.push_back(order.order.order);
    std::vector<DeferredOrder> written;
    Epoch epoch;
    Planner plan = [&](const SaleSnapshot& snapshot) {
        epoch = snapshot.sale.epoch;
        auto change = plan_defer(snapshot, rows_of(snapshot, run, why));
        written = change ? change->defer : std::vector<DeferredOrder>{};
        return change;
    };
    auto outcome = co_await change_ledger(ports_.ledger, ports_.meter, std::move(query), std::move(plan), deadline);
    if (!outcome.ok()) co_return outcome.error();
    if (outcome->truth) {
        co_await sync_gate(ports_.gate, ports_.meter, std::move(*outcome->truth), deadline);
        co_await announce(sale, epoch, std::move(written), deadline);
    }
    co_return Done{};
}

Task<void> DeferOrders::announce(
    SaleId sale, Epoch epoch, std::vector<DeferredOrder> rows, Deadline deadline
) {
    std::vector<ParkedOrder> parked;
    for (const DeferredOrder& row : rows) {
        const bool buried = row.state == DeferredState::kBuried;
        ports_.meter.count(buried ? Count::kBuried : Count::kParked, 1);
        ports_.log.warn(
            "defer", buried ? "order buried" : "order parked",
            {{"order_id", row.order.order.text()}, {"attempt", std::to_string(row.attempt)}, {"error", row.last_error}}
        );
        const int tier_attempt = row.attempt;
        const auto tier = tier_after(tier_attempt);
        parked.push_back({row.order.order, buried || !tier ? kBuriedGateDelay : tiers_.delay(*tier)});
        if (buried) (void)co_await ports_.queue.notify_dead(row.order.order.text(), row.last_error, deadline);
    }
    (void)co_await ports_.gate.park(sale, epoch, std::move(parked), deadline);
    co_await start_timers(sale, rows, deadline);
}

// One tier message per tier and epoch: the messages carry the orders, so that a due row need not be read.
Task<void> DeferOrders::start_timers(SaleId sale, const std::vector<DeferredOrder>& rows, Deadline deadline) {
    std::map<std::pair<RetryTier, Epoch>, OrderBatch> messages;
    for (const DeferredOrder& row : rows) {
        if (row.state != DeferredState::kParked) continue;
        const auto tier = tier_after(row.attempt);
        if (!tier) continue;
        OrderBatch& batch = messages[{*tier, row.epoch}];
        batch.sale = sale;
        batch.epoch = row.epoch;
        batch.orders.push_back(row.order);
    }
    const Partition partition = partition_of(sale, ports_.queue.partitions());
    for (auto& [key, batch] : messages) {
        Message message = std::move(batch);
        (void)co_await ports_.queue.publish_after(key.first, partition, std::move(message), deadline);
    }
}

Task<void> DeferOrders::park_again(
    SaleId sale, Epoch epoch, std::vector<OrderId> orders, Deadline deadline
) {
    std::vector<ParkedOrder> parked;
    parked.reserve(orders.size());
    for (const OrderId order : orders) parked.push_back({order, kBuriedGateDelay});
    (void)co_await ports_.gate.park(sale, epoch, std::move(parked), deadline);
}

}  // namespace sluice
