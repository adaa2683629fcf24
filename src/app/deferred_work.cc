#include "app/deferred_work.h"

#include <algorithm>
#include <utility>

namespace sluice {

Task<Result<Done>> DeferWork::failed(
    WorkKind kind, std::string key, SaleId sale, Error why, Deadline deadline
) {
    auto before = co_await ports_.ledger.find_work(kind, key, deadline);
    if (!before.ok()) co_return before.error();
    const WallTime now = ports_.clock.wall();
    DeferredWork row;
    if (before->has_value()) {
        row = **before;
        row.attempt = std::min(row.attempt + 1, kAttemptsMax);
    } else {
        row.kind = kind;
        row.key = key;
        row.sale = sale;
        row.first_failed_at = now;
    }
    const auto tier = tier_after(row.attempt);
    row.state = tier ? DeferredState::kParked : DeferredState::kBuried;
    row.due_at = tier ? now + tiers_.delay(*tier) : now;
    row.last_error = to_string(why);
    auto written = co_await ports_.ledger.defer_work(row, std::nullopt, deadline);
    if (!written.ok()) co_return written.error();

    ports_.meter.count(tier ? Count::kParked : Count::kBuried, 1);
    ports_.log.warn(
        "defer", tier ? "work parked" : "work buried",
        {{"kind", std::string(to_string(kind))}, {"key", key}, {"attempt", std::to_string(row.attempt)},
         {"error", row.last_error}}
    );
    if (!tier) co_return co_await ports_.queue.notify_dead(std::string(to_string(kind)) + " " + key, row.last_error, deadline);
    const Partition partition = partition_of(sale, ports_.queue.partitions());
    WorkHint hint{kind, std::move(key)};
    Message message = std::move(hint);
    (void)co_await ports_.queue.publish_after(*tier, partition, std::move(message), deadline);  // only a timer
    co_return Done{};
}

Task<Result<Done>> DeferWork::finished(WorkKind kind, std::string key, Deadline deadline) {
    return ports_.ledger.finish_work(kind, std::move(key), std::nullopt, deadline);
}

}  // namespace sluice
