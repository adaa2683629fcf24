#include "app/expire_orders.h"

#include <map>
#include <utility>

#include "app/sync_gate.h"
#include "domain/changes.h"

namespace sluice {

// Deadlines hang on the ledger's clock; if it jumps, orders would all expire at once, or never. The sweep pauses and
// says so; after the pause the new time is believed.
bool ExpireOrders::clock_stepped(WallTime ledger_now) {
    const auto boot = std::chrono::duration_cast<Millis>(ports_.clock.now().time_since_epoch());
    const Millis offset = ledger_now.time_since_epoch() - boot;
    const Millis moved = clock_offset_ ? offset - *clock_offset_ : Millis{0};
    if (moved <= kClockStepMax && moved >= -kClockStepMax) {
        if (paused_until_) ports_.log.info("expire", "the ledger's clock is back: expiring again", {});
        paused_until_.reset();
        clock_offset_ = offset;
        return false;
    }
    if (!paused_until_) {
        paused_until_ = ports_.clock.now() + kClockStepPause;
        ports_.meter.count(Count::kClockSteps, 1);
        ports_.log.error("expire", "the ledger's clock stepped: expiry pauses", {{"step_ms", std::to_string(moved.count())}});
    }
    if (ports_.clock.now() < *paused_until_) return true;
    ports_.log.warn("expire", "the ledger's new time is believed: expiring again", {});
    paused_until_.reset();
    clock_offset_ = offset;
    return false;
}

Task<Result<std::size_t>> ExpireOrders::sweep(Deadline deadline) {
    auto due = co_await ports_.ledger.due(DueKind::kPaymentDeadlines, kExpiryRowsMax, deadline);
    if (!due.ok()) co_return due.error();
    if (clock_stepped(due->now)) co_return std::size_t{0};
    std::map<SaleId, std::vector<OrderId>> by_sale;
    for (const DueOrder& order : due->deadlines) by_sale[order.sale].push_back(order.order);
    std::size_t expired = 0;
    for (auto& [sale, orders] : by_sale) {
        expired += co_await expire(sale, std::move(orders), deadline);
    }
    co_return expired;
}

Task<std::size_t> ExpireOrders::expire(SaleId sale, std::vector<OrderId> orders, Deadline deadline) {
    auto expired = co_await expire_once(sale, orders, deadline);
    if (expired.ok()) co_return *expired;
    const Error why = expired.error();
    if (classify(why) == FailureClass::kUnavailable) co_return 0;  // the next sweep finds them by their deadline
    if (orders.size() == 1) {
        auto recorded = co_await defer_.failed(WorkKind::kExpiry, orders.front().text(), sale, why, deadline);
        if (!recorded.ok()) ports_.log.warn("expire", "left to the next sweep", {{"error", to_string(recorded.error())}});
        co_return 0;
    }
    const auto middle = orders.begin() + static_cast<std::ptrdiff_t>(orders.size() / 2);
    std::vector<OrderId> first(orders.begin(), middle);
    std::vector<OrderId> second(middle, orders.end());
    const std::size_t left = co_await expire(sale, std::move(first), deadline);
    const std::size_t right = co_await expire(sale, std::move(second), deadline);
    co_return left + right;
}

Task<Result<std::size_t>> ExpireOrders::expire_once(SaleId sale, std::vector<OrderId> orders, Deadline deadline) {
    Planner plan = [orders](const SaleSnapshot& snapshot) { return plan_expiry(snapshot, orders); };
    return cancel_by(sale, std::move(orders), std::move(plan), deadline);
}

Task<Result<std::size_t>> ExpireOrders::cancel_by(
    SaleId sale, std::vector<OrderId> orders, Planner plan, Deadline deadline
) {
    SnapshotQuery query;
    query.sale = sale;
    query.orders = std::move(orders);
    auto outcome = co_await change_ledger(ports_.ledger, ports_.meter, std::move(query), std::move(plan), deadline);
    if (!outcome.ok()) co_return outcome.error();
    if (!outcome->truth) co_return std::size_t{0};
    OutcomeEvent event{sale, {}};
    for (const FinishedOrder& order : outcome->truth->finished) {
        event.outcomes.push_back({order.order, OrderState::kCancelled});
    }
    const std::size_t cancelled = event.outcomes.size();
    co_await sync_gate(ports_.gate, ports_.meter, std::move(*outcome->truth), deadline);
    ports_.events.publish(std::move(event));
    ports_.meter.count(Count::kExpired, cancelled);
    co_return cancelled;
}

Task<Result<Done>> ExpireOrders::retry(const DeferredWork& work, Deadline deadline) {
    const auto order = OrderId::parse(work.key);
    if (!order) co_return fail(Code::kPermanent, "not an order id: " + work.key);
    const bool is_cancel = work.kind == WorkKind::kCancel;
    Planner plan = [order = *order, is_cancel](const SaleSnapshot& snapshot) {
        const std::array one{order};
        return is_cancel ? plan_cancel(snapshot, order) : plan_expiry(snapshot, one);
    };
    std::vector<OrderId> orders{*order};
    auto done = co_await cancel_by(order->sale(), std::move(orders), std::move(plan), deadline);
    if (!done.ok()) co_return done.error();
    co_return Done{};
}

}  // namespace sluice
