#include "runtime/wire_embedded.h"

#include <utility>

#include "adapters/sqlite/evidence.h"
#include "base/hmac.h"
#include "runtime/auditor.h"
#include "runtime/data_dir.h"

namespace sluice {
namespace {

constexpr std::size_t kServerIdBytes = 16;

AuditResult judge(
    const std::string& store_path, std::vector<audit::GateFacts> gates,
    const std::optional<std::string>& journal_path
) {
    auto journal = read_journal_file(journal_path);
    if (!journal.ok()) return journal.error();
    SqliteEvidence stores(store_path);
    audit::AuditInput input{stores, std::move(gates), false, *std::move(journal)};
    return audit::run_audit(std::move(input));
}

}  // namespace

Result<Done> EmbeddedStores::open(const Config& config, boost::asio::io_context& core) {
    store_path_ = sluice::store_path(config.data_dir);
    StoreOptions options;
    options.path = store_path_;
    auto store = Store::open(std::move(options), writer_, reader_, log_);
    if (!store.ok()) return store.error();
    store_ = std::move(*store);
    const RetryTiers tiers{config.worker.retry_tiers};
    ledger_ = std::make_unique<SqliteLedger>(*store_, clock_);
    sales_ = std::make_unique<SqliteSaleBook>(*store_, clock_);
    orders_ = std::make_unique<SqliteOrderBook>(*store_, clock_);
    reviews_ = std::make_unique<SqliteReviewBook>(*store_, clock_);
    outbox_ = std::make_unique<SqliteInvalidationOutbox>(*store_, clock_);
    pages_ = std::make_unique<StorePlatformReader>(*sales_, *reviews_);
    shop_ids_ = std::make_unique<SqliteIdSource>(SqliteIdSource::of_shops(*store_, clock_));
    goods_ids_ = std::make_unique<SqliteIdSource>(SqliteIdSource::of_goods(*store_, clock_));
    const PageSources sources{*pages_, *shop_ids_, *goods_ids_, Millis{0}};
    caching_ = PageCaching::in_memory(config, {core.get_executor(), clock_, log_}, sources);
    queue_ = std::make_unique<SqliteOrderQueue>(*store_, config.queue_partitions, clock_, tiers);
    // A new identity for every gate: a restart is "the gate's server lost everything" (§9).
    ServerId self{random_bytes(kServerIdBytes)};
    gate_ = std::make_unique<MemoryGate>(core.get_executor(), clock_, std::move(self));
    return Done{};
}

Ports EmbeddedStores::ports(boost::asio::io_context&) {
    return Ports{*gate_,  *queue_,     *ledger_, *orders_, *sales_, events_,
                 leases_, leadership_, clock_,   entropy_, meter_,  log_,
                 *reviews_, *outbox_, caching_->platform(), caching_->platform()};
}

Task<Result<audit::AuditReport>> EmbeddedStores::audit(std::optional<std::string> journal) {
    auto gates = co_await gate_->facts();  // before the stores: the ledger is never the older side
    std::function<AuditResult()> work = [this, gates = std::move(gates),
                                         journal = std::move(journal)] {
        return judge(store_path_, gates, journal);
    };
    co_return co_await audit_on(audit_, std::move(work));
}

Result<std::unique_ptr<Stores>> open_embedded(
    const Config& config, boost::asio::io_context& core, Log& log, Meter& meter
) {
    auto stores = std::make_unique<EmbeddedStores>(log, meter);
    auto opened = stores->open(config, core);
    if (!opened.ok()) return opened.error();
    return std::unique_ptr<Stores>(std::move(stores));
}

}  // namespace sluice
