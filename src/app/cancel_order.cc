#include "app/cancel_order.h"

#include <utility>

#include "app/sync_gate.h"
#include "domain/changes.h"

namespace sluice {
namespace {

constexpr Millis kAnswerMargin{500};  // of the deadline, kept for the cancel itself

}  // namespace

Task<Result<CancelOrder::Reply>> CancelOrder::cancel(
    OrderId order, std::optional<BuyerId> owner, Deadline deadline
) {
    const Instant until = deadline.at - kAnswerMargin;
    auto view = co_await reads_.wait_settled(order, owner, until, deadline);
    if (!view.ok()) co_return view.error();
    if (view->state == OrderState::kHeld) co_return fail(Code::kNotSettledYet);

    Reply reply;
    if (view->state == OrderState::kAwaitingPayment) {
        auto written = co_await write(order, deadline);
        if (!written.ok()) {
            const Error why = written.error();
            auto recorded = co_await defer_.failed(WorkKind::kCancel, order.text(), order.sale(), why, deadline);
            if (!recorded.ok()) co_return why;
            reply.pending = true;
        }
        view = co_await reads_.find(order, owner, deadline);
        if (!view.ok()) co_return view.error();
    }
    const bool given_back = view->state == OrderState::kCancelled;
    if (!given_back && !reply.pending) {
        co_return fail(Code::kTooLate, "the order is " + std::string(to_string(view->state)));
    }
    reply.pending = reply.pending && !given_back;
    reply.view = std::move(*view);
    co_return reply;
}

Task<Result<Done>> CancelOrder::write(OrderId order, Deadline deadline) {
    SnapshotQuery query;
    query.sale = order.sale();
    query.orders.push_back(order);
    Planner plan = [order](const SaleSnapshot& snapshot) { return plan_cancel(snapshot, order); };
    auto outcome = co_await change_ledger(ports_.ledger, ports_.meter, std::move(query), std::move(plan), deadline);
    if (!outcome.ok()) co_return outcome.error();
    if (!outcome->truth) co_return Done{};  // somebody else was first; the caller looks who
    co_await sync_gate(ports_.gate, ports_.meter, std::move(*outcome->truth), deadline);
    OutcomeEvent event{order.sale(), {}};
    event.outcomes.push_back({order, OrderState::kCancelled});
    ports_.events.publish(std::move(event));
    co_return Done{};
}

}  // namespace sluice
