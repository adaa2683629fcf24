#include "app/read_orders.h"

#include <algorithm>

namespace sluice {

Task<Result<OrderView>> ReadOrders::find(OrderId order, std::optional<BuyerId> owner, Deadline deadline) {
    auto row = co_await ports_.orders.find_order(order, deadline);
    if (!row.ok()) co_return row.error();
    if (row->has_value()) {
        if (owner && (*row)->buyer != *owner) co_return fail(Code::kNotFound);
        co_return view_of(**row);
    }
    auto deferred = co_await ports_.orders.find_deferred(order, deadline);
    if (!deferred.ok()) co_return deferred.error();
    if (deferred->has_value()) {
        if (owner && (*deferred)->order.buyer != *owner) co_return fail(Code::kNotFound);
        co_return view_of(order.sale(), (*deferred)->order);
    }
    const Sale* sale = lease_.read().find(order.sale());
    const bool queued = sale != nullptr && sale->mode == SaleMode::kQueued;
    if (!queued) co_return fail(Code::kNotFound);
    if (sale->gate_state != GateState::kOpen) co_return fail(Code::kRecovering);
    auto held = co_await ports_.gate.find_held(order, deadline);
    if (!held.ok()) co_return held.error();
    if (held->has_value()) {
        if (owner && (*held)->order.buyer != *owner) co_return fail(Code::kNotFound);
        co_return view_of(order.sale(), (*held)->order);
    }
    // Settled between the two reads? The ledger says.
    row = co_await ports_.orders.find_order(order, deadline);
    if (!row.ok()) co_return row.error();
    if (!row->has_value() || (owner && (*row)->buyer != *owner)) co_return fail(Code::kNotFound);
    co_return view_of(**row);
}

Task<Result<OrderView>> ReadOrders::wait_settled(
    OrderId order, std::optional<BuyerId> owner, Instant until, Deadline deadline
) {
    Event event;
    waiters_.add(order, event);  // before the first look, so that no outcome falls in between
    auto view = co_await find(order, owner, deadline);
    while (view.ok() && view->state == OrderState::kHeld && ports_.clock.now() < until) {
        const Instant next_poll = std::min(until, ports_.clock.now() + kOutcomePollInterval);
        co_await ports_.clock.sleep_until(next_poll, event);
        view = co_await find(order, owner, deadline);
    }
    waiters_.remove(order, event);
    co_return view;
}

}  // namespace sluice
