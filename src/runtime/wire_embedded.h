#pragma once
// Composition root of embedded mode: the memory gate, and queue and ledger in one SQLite file, behind the ports. The only
// place where these adapters are named together. See docs/protocol.md §12.

#include <boost/asio/io_context.hpp>
#include <memory>

#include "adapters/memory/memory_events.h"
#include "adapters/memory/memory_gate.h"
#include "adapters/sqlite/ledger.h"
#include "adapters/sqlite/order_book.h"
#include "adapters/sqlite/order_queue.h"
#include "adapters/sqlite/sale_book.h"
#include "adapters/system/system_clock.h"
#include "adapters/system/system_entropy.h"
#include "app/catalogue_lease.h"
#include "app/ports.h"
#include "async/lane.h"
#include "runtime/config.h"

namespace sluice {

class EmbeddedStores {
public:
    // `core` runs the gate; it is run by one thread. Errors: those of Store::open.
    static Result<std::unique_ptr<EmbeddedStores>> open(
        const Config& config, boost::asio::io_context& core, Log& log, Meter& meter
    );
    EmbeddedStores(const EmbeddedStores&) = delete;
    EmbeddedStores& operator=(const EmbeddedStores&) = delete;

    Ports ports();
    CatalogueLease& lease() { return lease_; }
    MemoryGate& gate() { return *gate_; }
    Clock& clock() { return clock_; }

private:
    EmbeddedStores(Log& log, Meter& meter);

    Log& log_;
    Meter& meter_;
    SystemClock clock_;
    SystemEntropy entropy_;
    MemoryEvents events_;
    CatalogueLease lease_;
    OwnLeases leases_{lease_};
    ThreadLane writer_{"sqlite-write"};
    ThreadLane reader_{"sqlite-read"};
    std::unique_ptr<Store> store_;  // goes before its lanes
    std::unique_ptr<SqliteLedger> ledger_;
    std::unique_ptr<SqliteSaleBook> sales_;
    std::unique_ptr<SqliteOrderBook> orders_;
    std::unique_ptr<SqliteOrderQueue> queue_;
    std::unique_ptr<MemoryGate> gate_;
};

}  // namespace sluice
