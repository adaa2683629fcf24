#include "sim/sim_process.h"

#include <utility>

namespace sluice::sim {
namespace {

std::unique_ptr<Store> open_store(StoreOptions disk, Lane& writer, Lane& reader, Log& log) {
    auto store = Store::open(std::move(disk), writer, reader, log);
    SLUICE_CHECK(store.ok());
    return std::move(*store);
}

const OrderSecrets kSecrets{{1, "simulated order secret"}};

}  // namespace

SimProcess::SimProcess(
    VirtualClock& clock, StoreOptions disk, std::uint64_t seed, BrokenRule broken
)
    : clock_(clock.line()),
      entropy_(seed),
      writer_(context_.get_executor()),
      reader_(context_.get_executor()),
      store_(open_store(std::move(disk), writer_, reader_, log_)),
      ledger_(*store_, clock_),
      sales_(*store_, clock_),
      orders_(*store_, clock_),
      reviews_(*store_, clock_),
      outbox_(*store_, clock_),
      pages_(sales_, reviews_),
      queue_(*store_, kPartitions, clock_, kTiers),
      gate_(context_.get_executor(), clock_, ServerId{"server " + std::to_string(seed)}),
      broken_queue_(queue_, broken),
      failing_ledger_(ledger_, faults_),
      failing_queue_(broken_queue_, faults_),
      failing_gate_(gate_, faults_),
      leases_(lease_) {
    node_ = std::make_unique<BuyerDesk>(ports(), lease_, kSecrets, kTiers, context_.get_executor());
    worker_ = std::make_unique<Worker>(ports(), lease_, kSecrets, kTiers, context_.get_executor());
}

Ports SimProcess::ports() {
    return {failing_gate_, failing_queue_, failing_ledger_, orders_, sales_, events_,
            leases_,       leadership_,    clock_,          entropy_, meter_, log_,
            reviews_,      outbox_,        pages_,          cache_};
}

SimProcess::~SimProcess() { clock_.drop_sleepers(); }

bool SimProcess::step() {
    context_.restart();
    return context_.poll_one() > 0;
}

}  // namespace sluice::sim
