#include "app/sweep_deferred.h"

#include <map>
#include <utility>

namespace sluice {

Task<Result<Done>> SweepDeferred::sweep_orders(Deadline deadline) {
    auto due = co_await ports_.ledger.due(DueKind::kDeferredOrders, kSweepRowsMax, deadline);
    if (!due.ok()) co_return due.error();
    const Instant now = ports_.clock.now();
    std::erase_if(published_, [&](const auto& entry) { return now - entry.second > kRepublishEvery; });
    std::map<std::pair<SaleId, Epoch>, OrderBatch> messages;
    for (const DeferredOrder& row : due->orders) {
        if (due->now - row.due_at < kTierGrace || !published_.emplace(row.order.order, now).second) continue;
        OrderBatch& batch = messages[{row.sale, row.epoch}];
        batch.sale = row.sale;
        batch.epoch = row.epoch;
        batch.orders.push_back(row.order);
    }
    for (auto& [key, batch] : messages) {
        const Partition partition = partition_of(batch.sale, ports_.queue.partitions());
        Message message = std::move(batch);
        auto published = co_await ports_.queue.publish(partition, std::move(message), deadline);
        if (!published.ok()) co_return published.error();
    }
    co_return Done{};
}

Task<Result<Done>> SweepDeferred::sweep_work(Deadline deadline) {
    auto due = co_await ports_.ledger.due(DueKind::kDeferredWork, kSweepRowsMax, deadline);
    if (!due.ok()) co_return due.error();
    for (DeferredWork& work : due->work) co_await retry(std::move(work), deadline);
    co_return Done{};
}

// A row that cannot be written now stays as it is and due: the next sweep finds it.
Task<void> SweepDeferred::retry(DeferredWork work, Deadline deadline) {
    Result<Done> done = Done{};
    switch (work.kind) {
        case WorkKind::kExpiry:
        case WorkKind::kCancel: done = co_await expire_.retry(work, deadline); break;
        case WorkKind::kPayment: {
            auto paid = co_await pay_.retry(PaymentId{work.key}, deadline);
            if (!paid.ok()) done = paid.error();
            break;
        }
        case WorkKind::kWebhook: done = fail(Code::kPermanent, "webhooks are not delivered by this version"); break;
    }
    if (done.ok()) {
        (void)co_await defer_.finished(work.kind, work.key, deadline);
    } else if (classify(done.error()) != FailureClass::kUnavailable) {
        (void)co_await defer_.failed(work.kind, work.key, work.sale, done.error(), deadline);
    }
}

Task<Result<Done>> SweepDeferred::sweep_payments(Deadline deadline) {
    auto due = co_await ports_.ledger.due(DueKind::kUnmatchedPayments, kSweepRowsMax, deadline);
    if (!due.ok()) co_return due.error();
    for (const PaymentId& payment : due->payments) {
        auto paid = co_await pay_.retry(payment, deadline);
        if (paid.ok() || classify(paid.error()) == FailureClass::kUnavailable) continue;
        const Error why = paid.error();
        (void)co_await defer_.failed(WorkKind::kPayment, payment.value(), SaleId{0}, why, deadline);
    }
    co_return Done{};
}

}  // namespace sluice
