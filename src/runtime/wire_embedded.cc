#include "runtime/wire_embedded.h"

#include <utility>

#include "base/hmac.h"
#include "runtime/data_dir.h"

namespace sluice {
namespace {

constexpr std::size_t kServerIdBytes = 16;

}  // namespace

EmbeddedStores::EmbeddedStores(Log& log, Meter& meter) : log_(log), meter_(meter) {}

Result<std::unique_ptr<EmbeddedStores>> EmbeddedStores::open(
    const Config& config, boost::asio::io_context& core, Log& log, Meter& meter
) {
    std::unique_ptr<EmbeddedStores> stores(new EmbeddedStores(log, meter));
    StoreOptions options;
    options.path = store_path(config.data_dir);
    auto store = Store::open(std::move(options), stores->writer_, stores->reader_, log);
    if (!store.ok()) return store.error();
    stores->store_ = std::move(*store);
    Store& opened = *stores->store_;
    const RetryTiers tiers{config.worker.retry_tiers};
    stores->ledger_ = std::make_unique<SqliteLedger>(opened, stores->clock_);
    stores->sales_ = std::make_unique<SqliteSaleBook>(opened, stores->clock_);
    stores->orders_ = std::make_unique<SqliteOrderBook>(opened, stores->clock_);
    stores->queue_ = std::make_unique<SqliteOrderQueue>(opened, config.queue_partitions, stores->clock_, tiers);
    // A new identity for every gate: a restart is "the gate's server lost everything" (§9).
    ServerId self{random_bytes(kServerIdBytes)};
    stores->gate_ = std::make_unique<MemoryGate>(core.get_executor(), stores->clock_, std::move(self));
    return stores;
}

Ports EmbeddedStores::ports() {
    return Ports{*gate_, *queue_, *ledger_, *orders_, *sales_, events_, leases_, clock_, entropy_, meter_, log_};
}

}  // namespace sluice
