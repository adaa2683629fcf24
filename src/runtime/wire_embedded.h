#pragma once
// Composition root of embedded mode: the memory gate, and queue and ledger in one SQLite file,
// behind the ports. The only place where these adapters are named together. See docs/protocol.md
// §12.

#include "adapters/memory/memory_events.h"
#include "adapters/memory/memory_gate.h"
#include "adapters/sqlite/id_source.h"
#include "adapters/sqlite/invalidation_outbox.h"
#include "adapters/sqlite/ledger.h"
#include "adapters/sqlite/order_book.h"
#include "adapters/sqlite/order_queue.h"
#include "adapters/sqlite/review_book.h"
#include "adapters/sqlite/sale_book.h"
#include "adapters/system/system_clock.h"
#include "adapters/system/system_entropy.h"
#include "app/read_platform.h"
#include "async/lane.h"
#include "runtime/stores.h"
#include "runtime/wire_cache.h"

namespace sluice {

class EmbeddedStores final : public Stores {
public:
    EmbeddedStores(Log& log, Meter& meter) : log_(log), meter_(meter) {}
    Result<Done> open(const Config& config, boost::asio::io_context& core);

    Ports ports(boost::asio::io_context& context) override;
    CatalogueLease& lease() override { return lease_; }
    Clock& clock() override { return clock_; }
    std::vector<DependencyState> dependencies() const override { return {}; }
    void start_serving() override { caching_->start(); }
    CacheFigures cache_figures() const override { return caching_->figures(); }
    Task<void> close() override { return caching_->stop(); }
    Task<Result<audit::AuditReport>> audit(std::optional<std::string> journal) override;

private:
    Log& log_;
    Meter& meter_;
    SystemClock clock_;
    SystemEntropy entropy_;
    MemoryEvents events_;
    CatalogueLease lease_;
    OwnLeases leases_{lease_};
    SoleLeader leadership_;
    std::string store_path_;
    ThreadLane writer_{"sqlite-write"};
    ThreadLane reader_{"sqlite-read"};
    std::unique_ptr<Store> store_;  // goes before its lanes
    std::unique_ptr<SqliteLedger> ledger_;
    std::unique_ptr<SqliteSaleBook> sales_;
    std::unique_ptr<SqliteOrderBook> orders_;
    std::unique_ptr<SqliteReviewBook> reviews_;
    std::unique_ptr<SqliteInvalidationOutbox> outbox_;
    std::unique_ptr<StorePlatformReader> pages_;
    std::unique_ptr<SqliteIdSource> shop_ids_;
    std::unique_ptr<SqliteIdSource> goods_ids_;
    std::unique_ptr<PageCaching> caching_;
    std::unique_ptr<SqliteOrderQueue> queue_;
    std::unique_ptr<MemoryGate> gate_;
    ThreadLane audit_{"audit"};
};

}  // namespace sluice
