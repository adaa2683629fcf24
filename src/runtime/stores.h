#pragma once
// What stands behind the ports of one process: memory and SQLite (wire_embedded), or Redis,
// RabbitMQ and MariaDB (wire_stack). Nothing else in the process knows which.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/catalogue_lease.h"
#include "app/ports.h"
#include "async/task.h"
#include "audit/audit.h"
#include "cache/existence_filter.h"
#include "cache/stats.h"
#include "runtime/config.h"

namespace sluice {

struct DependencyState {
    std::string name;
    bool up = false;
    std::string detail;  // empty when up
};

// What the caches of the read path count.
struct CacheFigures {
    std::vector<std::pair<std::string, cache::Stats>> caches;
    cache::ContextStats shared;
    bool feed_alive = true;  // invalidations by other processes are heard of
    std::vector<std::pair<std::string, cache::ExistenceStats>> filters;
};

class Stores {
public:
    virtual ~Stores() = default;
    Stores(const Stores&) = delete;
    Stores& operator=(const Stores&) = delete;

    // For use cases that run on this context; called before it runs, once for each. The context
    // outlives the stores.
    virtual Ports ports(boost::asio::io_context& context) = 0;
    virtual CatalogueLease& lease() = 0;
    virtual Clock& clock() = 0;
    // This process serves pages from now on: what only readers need is kept up, on the core executor.
    virtual void start_serving() {}
    // This process does a worker's duties from now on, beside others if there are any; on the core
    // executor.
    virtual void start_working() {}
    virtual Task<void> stop_working() { co_return; }
    // Of this process's connections, as last seen: never waits. Empty when nothing can be down by
    // itself.
    virtual std::vector<DependencyState> dependencies() const = 0;
    virtual CacheFigures cache_figures() const { return {}; }
    // Ends what runs on the executors; before they stop.
    virtual Task<void> close() { co_return; }
    // Judges the laws from the stores and the gates, away from the caller's thread. journal: path
    // of a client's journal. Errors: kInvalidField when that cannot be read.
    virtual Task<Result<audit::AuditReport>> audit(std::optional<std::string> journal) = 0;

protected:
    Stores() = default;
};

// `core` runs what belongs to no io thread; it is run by one thread. Errors: kUnavailable with the
// store's reason, kConflict when a newer version wrote it, kInvalidField when a store is set up in
// a way that cannot keep the promises.
Result<std::unique_ptr<Stores>> open_embedded(
    const Config& config, boost::asio::io_context& core, Log& log, Meter& meter
);
Result<std::unique_ptr<Stores>> open_stack(
    const Config& config, boost::asio::io_context& core, Log& log, Meter& meter
);

}  // namespace sluice
