#include "adapters/mariadb/workforce.h"

#include <utility>

#include "adapters/mariadb/rows.h"
#include "domain/workforce.h"

namespace sluice {
namespace {

using maria::Connection;
using Workers = std::vector<std::string>;

Workers living(Connection& connection, WallTime now) {
    auto rows = connection.prepare("SELECT worker FROM workers WHERE seen_at > ? ORDER BY worker");
    rows.query(now - kWorkerForgottenAfter);
    Workers workers;
    while (rows.next()) workers.emplace_back(rows.view(0));
    return workers;
}

// By their keys, and looked for without a lock: a DELETE by age would lock every worker's row on its way, and two workers
// who attend at once would wait for each other.
void forget_long_gone(Connection& connection, WallTime now) {
    const WallTime limit = now - 12 * kWorkerForgottenAfter;
    Workers gone;
    {
        auto rows = connection.prepare("SELECT worker FROM workers WHERE seen_at < ? ORDER BY worker");
        rows.query(limit);
        while (rows.next()) gone.emplace_back(rows.view(0));
    }
    for (const std::string& worker : gone) {
        connection.run("DELETE FROM workers WHERE worker = ? AND seen_at < ?", worker, limit);
    }
}

std::string task_of(Duty duty) {
    switch (duty) {
        case Duty::kGates:
            return "gates";
        case Duty::kSweep:
            return "sweep";
        case Duty::kReconcile:
            return "reconcile";
        case Duty::kRelay:
            return "relay";
    }
    return "";
}

}  // namespace

MariaWorkforce::MariaWorkforce(MariaPool& pool, const Clock& clock, std::string self)
    : pool_(pool), clock_(clock), self_(std::move(self)) {}

Task<Result<Done>> MariaWorkforce::attend(Deadline deadline) {
    const Instant asked = clock_.now();
    MariaPool::Work<Workers> work = [self = self_](Connection& connection) -> Result<Workers> {
        const WallTime now = maria::read_now(connection);
        connection.run(
            "INSERT INTO workers (worker, seen_at) VALUES (?, ?)"
            " ON DUPLICATE KEY UPDATE seen_at = VALUES(seen_at)",
            self, now
        );
        forget_long_gone(connection, now);
        return living(connection, now);
    };
    auto workers = co_await pool_.write<Workers>(deadline, std::move(work));
    if (!workers.ok()) co_return workers.error();
    auto view = std::make_shared<View>();
    view->workers = *std::move(workers);
    view->seen = asked;
    view_.store(std::move(view));
    co_return Done{};
}

Task<Result<Done>> MariaWorkforce::leave(Deadline deadline) {
    view_.store(std::make_shared<const View>());
    MariaPool::Work<Done> work = [self = self_](Connection& connection) -> Result<Done> {
        connection.run("DELETE FROM workers WHERE worker = ?", self);
        return Done{};
    };
    return pool_.write<Done>(deadline, std::move(work));
}

bool MariaWorkforce::is_chosen_for(const std::string& task) const {
    const auto view = view_.load();
    if (clock_.now() - view->seen >= kWorkerForgottenAfter) return false;
    return is_chosen(view->workers, self_, task);
}

bool MariaWorkforce::leads(Duty duty) const { return is_chosen_for(task_of(duty)); }

bool MariaWorkforce::prefers(Partition partition) const {
    return is_chosen_for("orders." + std::to_string(partition.value()));
}

}  // namespace sluice
