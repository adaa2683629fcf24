#include "app/cancel_order.h"

#include <utility>

#include "app/sync_gate.h"
#include "domain/changes.h"

namespace sluice {
namespace {

constexpr Millis kAnswerMargin{500};  // of the deadline, kept for the cancel itself

}  // namespace

Task<Result<CancelOrder::Reply>> CancelOrder::cancel(OrderId order, BuyerId owner, Deadline deadline) {
    return run({order, std::move(owner), std::nullopt}, deadline);
}

Task<Result<CancelOrder::Reply>> CancelOrder::cancel_by_operator(OrderId order, Actor actor, Deadline deadline) {
    AuditNote note{std::move(actor.name), "cancel", "order " + order.text(), std::move(actor.reason)};
    return run({order, std::nullopt, std::move(note)}, deadline);
}

Task<Result<CancelOrder::Reply>> CancelOrder::run(Wish wish, Deadline deadline) {
    const Instant until = deadline.at - kAnswerMargin;
    auto view = co_await reads_.wait_settled(wish.order, wish.owner, until, deadline);
    if (!view.ok()) co_return view.error();
    if (view->state == OrderState::kHeld) co_return fail(Code::kNotSettledYet);

    Reply reply;
    if (view->state == OrderState::kAwaitingPayment) {
        auto written = co_await write(wish, deadline);
        if (!written.ok()) {
            const Error why = written.error();
            auto recorded = co_await leave_for_later(wish, why, deadline);
            if (!recorded.ok()) co_return why;
            reply.pending = true;
        }
        view = co_await reads_.find(wish.order, wish.owner, deadline);
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

Task<Result<Done>> CancelOrder::write(const Wish& wish, Deadline deadline) {
    const OrderId order = wish.order;
    SnapshotQuery query;
    query.sale = order.sale();
    query.orders.push_back(order);
    Planner plan = [&wish](const SaleSnapshot& snapshot) { return plan_cancel(snapshot, wish.order, wish.note); };
    auto outcome = co_await change_ledger(ports_.ledger, ports_.meter, std::move(query), std::move(plan), deadline);
    if (!outcome.ok()) co_return outcome.error();
    if (!outcome->truth) co_return Done{};  // somebody else was first; the caller looks who
    co_await sync_gate(ports_.gate, ports_.meter, std::move(*outcome->truth), deadline);
    OutcomeEvent event{order.sale(), {}};
    event.outcomes.push_back({order, OrderState::kCancelled});
    ports_.events.publish(std::move(event));
    co_return Done{};
}

// The retry knows only the order, so an operator's note is written first; a row that an earlier cancel left goes with it,
// and its attempts are counted anew.
Task<Result<Done>> CancelOrder::leave_for_later(const Wish& wish, Error why, Deadline deadline) {
    std::string key = wish.order.text();
    if (wish.note) {
        std::optional<AuditNote> note = wish.note;
        auto noted = co_await ports_.ledger.finish_work(WorkKind::kCancel, key, std::move(note), deadline);
        if (!noted.ok()) co_return noted.error();
    }
    co_return co_await defer_.failed(WorkKind::kCancel, std::move(key), wish.order.sale(), std::move(why), deadline);
}

}  // namespace sluice
