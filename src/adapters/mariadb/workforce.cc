#include "adapters/mariadb/workforce.h"

#include <utility>

#include "adapters/mariadb/named_lock.h"
#include "adapters/mariadb/rows.h"
#include "domain/workforce.h"

namespace sluice {
namespace {

using maria::Connection;
using maria::SqlError;
using Workers = std::vector<std::string>;

constexpr unsigned kNotSupportedYet = 1235;

// `worker`: a parameter, or the column.
std::string lock_of(const std::string& worker) {
    return maria::named_lock("worker", "CONCAT(DATABASE(), '/', " + worker + ")");
}

// Whether this session holds the worker's lock, now or already. It belongs to the session, not to the transaction, and
// nobody else wants it.
bool hold_lock(Connection& connection, const std::string& self) {
    static const std::string kAsk = "SELECT COALESCE(IS_USED_LOCK(" + lock_of("?") + ") = CONNECTION_ID(), 0)";
    static const std::string kTake = "SELECT COALESCE(GET_LOCK(" + lock_of("?") + ", 0), 0)";
    try {
        for (const std::string& sql : {kAsk, kTake}) {
            auto row = connection.prepare(sql);
            row.query(self);
            if (row.next() && row.get<bool>(0)) return true;
        }
    } catch (const SqlError& failure) {
        if (failure.number() != kNotSupportedYet) throw;  // Galera has no such locks
    }
    return false;
}

// Seen lately; and who had a lock has it still.
Workers living(Connection& connection, WallTime now) {
    static const std::string kLiving = "SELECT worker FROM workers WHERE seen_at > ? AND (NOT locked OR IS_USED_LOCK(" +
                                       lock_of("worker") + ") IS NOT NULL) ORDER BY worker";
    auto rows = connection.prepare(kLiving);
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

MariaPoolOptions of_one_session(MariaPoolOptions options) {
    options.writers = 1;
    options.readers = 0;
    options.silent = true;
    return options;
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

MariaWorkforce::MariaWorkforce(MariaPoolOptions options, const Clock& clock, Log& log, std::string self)
    : clock_(clock), self_(std::move(self)), pool_(of_one_session(std::move(options)), clock, log) {}

Task<Result<Done>> MariaWorkforce::attend(Deadline deadline) {
    const Instant asked = clock_.now();
    MariaPool::Work<Workers> work = [self = self_](Connection& connection) -> Result<Workers> {
        const WallTime now = maria::read_now(connection);
        const bool locked = hold_lock(connection, self);
        connection.run(
            "INSERT INTO workers (worker, seen_at, locked) VALUES (?, ?, ?)"
            " ON DUPLICATE KEY UPDATE seen_at = VALUES(seen_at), locked = VALUES(locked)",
            self, now, locked
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
