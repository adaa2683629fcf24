#include "app/settle_orders.h"

#include <algorithm>
#include <utility>

#include "app/sync_gate.h"
#include "domain/changes.h"
#include "ports/message_codec.h"

namespace sluice {

SettleOrders::SettleOrders(
    Ports ports, DeferOrders& defer, PayOrder& pay, Partition partition, Event& work_hint, SettleLimits limits
)
    : ports_(ports), defer_(defer), pay_(pay), partition_(partition), work_hint_(work_hint), limits_(limits) {}

void SettleOrders::stop() {
    stopping_ = true;
    wake_.notify();
}

Task<void> SettleOrders::pause(int failures) {
    co_await ports_.clock.sleep_until(ports_.clock.now() + backoff(failures), wake_);
}

Task<void> SettleOrders::run() {
    int failures = 0;
    while (!stopping_) {
        if (!ports_.leadership.prefers(partition_)) {
            co_await ports_.clock.sleep_until(ports_.clock.now() + limits_.head_start, wake_);
            if (stopping_) co_return;
        }
        auto consumer = co_await ports_.queue.consume(partition_, attempt_deadline());
        if (!consumer.ok()) {
            co_await pause(++failures);
            continue;
        }
        failures = 0;
        co_await consume(**consumer);
    }
}

// Between deliveries nothing is unacked, so that the next consumer starts where this one ended.
bool SettleOrders::should_hand_over(Instant since) const {
    return !ports_.leadership.prefers(partition_) && ports_.clock.now() - since >= limits_.hand_over_after;
}

Task<void> SettleOrders::consume(Consumer& consumer) {
    const Instant since = ports_.clock.now();
    int failures = 0;
    while (!stopping_ && !should_hand_over(since)) {
        auto delivery = co_await consumer.take(limits_.orders_max, ports_.clock.in(limits_.idle));
        if (!delivery.ok()) {
            co_await pause(++failures);
            co_return;  // a new consumer gets everything that is not acked again
        }
        if (!delivery->has_value()) continue;
        const Delivery& work = **delivery;
        for (;;) {
            auto done = co_await handle(work.work);
            if (done.ok()) break;
            if (!degraded_) ports_.log.warn("settle", "holding work", {{"error", to_string(done.error())}});
            degraded_ = true;
            co_await pause(++failures);
            if (stopping_) co_return;
        }
        if (degraded_) ports_.log.info("settle", "settling again", {});
        degraded_ = false;
        failures = 0;
        auto acked = co_await consumer.ack(work.through, attempt_deadline());
        if (!acked.ok()) co_return;  // delivered again: every order in it is a duplicate by now
    }
}

Task<Result<Done>> SettleOrders::handle(const Work& work) {
    if (const auto* run = std::get_if<OrderRun>(&work)) co_return co_await handle_run(*run);
    if (const auto* barrier = std::get_if<Barrier>(&work)) co_return co_await seal(*barrier);
    if (std::holds_alternative<WorkHint>(work)) {
        work_hint_.notify();
        co_return Done{};
    }
    const auto& broken = std::get<Undecodable>(work);
    ports_.meter.count(Count::kUndecodable, 1);
    ports_.log.error("settle", "undecodable message set aside", {{"why", broken.why}});
    co_return co_await ports_.queue.notify_dead("undecodable: " + broken.why, broken.body, attempt_deadline());
}

// Orders of different sales may interleave in a run; within a sale their order is kept.
Task<Result<Done>> SettleOrders::handle_run(const OrderRun& run) {
    std::vector<std::pair<SaleId, std::vector<RunOrder>>> by_sale;
    for (const OrderBatch& batch : run.batches) {
        auto at = std::find_if(by_sale.begin(), by_sale.end(), [&](const auto& s) { return s.first == batch.sale; });
        if (at == by_sale.end()) at = by_sale.insert(by_sale.end(), {batch.sale, {}});
        for (const AcceptedOrder& order : batch.orders) at->second.push_back({order, batch.epoch});
    }
    for (auto& [sale, orders] : by_sale) {
        auto settled = co_await settle(sale, std::move(orders));
        if (!settled.ok()) co_return settled.error();
    }
    co_return Done{};
}

Task<Result<Done>> SettleOrders::settle(SaleId sale, std::vector<RunOrder> run) {
    SnapshotQuery query;
    query.sale = sale;
    for (const RunOrder& order : run) {
        query.orders.push_back(order.order.order);
        query.buyers.push_back(order.order.buyer);
    }
    SettlementPlan plan;
    SaleSnapshot seen;
    Planner planner = [&](const SaleSnapshot& snapshot) {
        plan = plan_settlement(snapshot, run);
        seen = snapshot;
        return plan.change;
    };
    auto outcome = co_await change_ledger(
        ports_.ledger, ports_.meter, std::move(query), std::move(planner), attempt_deadline()
    );
    if (!outcome.ok()) {
        const Error why = outcome.error();
        co_return co_await settle_failed(sale, std::move(run), why);
    }
    co_await tell(plan, seen, std::move(outcome->truth), run);
    co_return Done{};
}

Task<Result<Done>> SettleOrders::settle_failed(SaleId sale, std::vector<RunOrder> run, Error why) {
    if (why.code == Code::kNotFound) {  // no such sale: no ledger row can be written for it
        ports_.log.error("settle", "orders of an unknown sale set aside", {{"sale", std::to_string(sale.value())}});
        OrderBatch batch{sale, run.front().epoch, {}};
        for (RunOrder& order : run) batch.orders.push_back(std::move(order.order));
        Message message = std::move(batch);
        co_return co_await ports_.queue.notify_dead("unknown sale", encode(message), attempt_deadline());
    }
    switch (classify(why)) {
        case FailureClass::kUnavailable: co_return why;
        case FailureClass::kTransient: break;
        case FailureClass::kPermanent:
            if (run.size() == 1) break;
            const auto middle = run.begin() + static_cast<std::ptrdiff_t>(run.size() / 2);
            std::vector<RunOrder> first(run.begin(), middle);
            std::vector<RunOrder> second(middle, run.end());
            auto left = co_await settle(sale, std::move(first));
            if (!left.ok()) co_return left.error();
            co_return co_await settle(sale, std::move(second));
    }
    ports_.meter.count(Count::kRetryTier, run.size());
    co_return co_await defer_.defer(sale, std::move(run), std::move(why), attempt_deadline());
}

// Everything earlier in the partition is settled, dropped or deferred, because this loop holds what is not.
Task<Result<Done>> SettleOrders::seal(Barrier barrier) {
    SnapshotQuery query;
    query.sale = barrier.sale;
    Planner planner = [barrier](const SaleSnapshot& snapshot) -> std::optional<LedgerChange> {
        if (snapshot.sale.epoch != barrier.epoch) return std::nullopt;  // of another rebuild: ignored
        return plan_seal(snapshot, Epoch{barrier.epoch.value() - 1});
    };
    auto sealed = co_await change_ledger(
        ports_.ledger, ports_.meter, std::move(query), std::move(planner), attempt_deadline()
    );
    if (!sealed.ok() && sealed.error().code != Code::kNotFound) co_return sealed.error();
    co_return Done{};
}

Task<void> SettleOrders::tell(
    const SettlementPlan& plan, const SaleSnapshot& snapshot, std::optional<LedgerTruth> truth,
    const std::vector<RunOrder>& run
) {
    measure(plan, run);
    const SaleId sale = snapshot.sale.id;
    OutcomeEvent event{sale, {}};
    if (plan.change) {
        for (const NewOrder& order : plan.change->insert) event.outcomes.push_back({order.order.order, order.state});
    }
    LedgerTruth told = truth ? std::move(*truth) : plan.healed;
    if (!told.finished.empty()) {
        co_await sync_gate(ports_.gate, ports_.meter, std::move(told), attempt_deadline());
    }
    if (!event.outcomes.empty()) ports_.events.publish(std::move(event));

    std::vector<OrderId> buried;
    for (std::size_t i = 0; i < run.size(); ++i) {
        if (plan.decisions[i] == Settlement::kBuried) buried.push_back(run[i].order.order);
    }
    if (!buried.empty()) {
        co_await defer_.park_again(sale, snapshot.sale.epoch, std::move(buried), attempt_deadline());
    }
    for (const PaymentId& payment : snapshot.unmatched) {
        auto paid = co_await pay_.retry(payment, attempt_deadline());
        if (!paid.ok()) ports_.log.warn("settle", "early payment left to the sweeper", {{"payment_id", payment.value()}});
    }
}

void SettleOrders::measure(const SettlementPlan& plan, const std::vector<RunOrder>& run) {
    const WallTime now = ports_.clock.wall();
    ports_.meter.observe(Timing::kBatchOrders, run.size());
    for (std::size_t i = 0; i < run.size(); ++i) {
        switch (plan.decisions[i]) {
            case Settlement::kSettle: {
                const auto took = std::max(now - run[i].order.accepted_at, Millis{0});
                ports_.meter.observe(
                    Timing::kSettle, static_cast<std::uint64_t>(std::chrono::nanoseconds{took}.count())
                );
                break;
            }
            case Settlement::kDuplicate: ports_.meter.count(Count::kDuplicates, 1); break;
            case Settlement::kReject: ports_.meter.count(Count::kCompensations, 1); break;
            case Settlement::kStale: ports_.meter.count(Count::kStaleDropped, 1); break;
            case Settlement::kBuried: break;
        }
    }
}

}  // namespace sluice
