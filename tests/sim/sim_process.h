#pragma once
// One life of one embedded process in the simulator: the real use cases over the real SQLite adapters and the memory
// gate, on one thread and virtual time. Every port call goes through a decorator that may fail it or delay it.
// Destroying a SimProcess between any two handlers is its kill -9: nothing more is written.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "adapters/memory/memory_events.h"
#include "adapters/memory/memory_gate.h"
#include "adapters/sqlite/invalidation_outbox.h"
#include "adapters/sqlite/ledger.h"
#include "adapters/sqlite/order_book.h"
#include "adapters/sqlite/order_queue.h"
#include "adapters/sqlite/review_book.h"
#include "adapters/sqlite/sale_book.h"
#include "adapters/sqlite/store.h"
#include "app/read_platform.h"
#include "app/worker.h"
#include "base/prng.h"
#include "sim/broken_queue.h"
#include "support/failing_ports.h"
#include "support/test_log.h"
#include "support/test_meter.h"
#include "support/virtual_clock.h"

namespace sluice::sim {

inline constexpr std::uint16_t kPartitions = 2;
inline constexpr RetryTiers kTiers{{Millis{500}, Millis{3'000}, Millis{30'000}}};  // a tenth: runs stay short

// Order bytes from a seed.
class SimEntropy final : public Entropy {
public:
    explicit SimEntropy(std::uint64_t seed) : prng_(seed) {}
    std::array<std::uint8_t, 12> order_bytes() override {
        std::array<std::uint8_t, 12> bytes{};
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(prng_.next());
        return bytes;
    }

private:
    Prng prng_;
};

// Which partitions this worker should have; may change while it runs.
class SimLeadership final : public Leadership {
public:
    bool leads(Duty) const override { return leading; }
    bool prefers(Partition) const override { return preferred; }
    bool leading = true;
    bool preferred = true;
};

class SimProcess {
public:
    SimProcess(
        VirtualClock& clock, StoreOptions disk, std::uint64_t seed, BrokenRule broken = BrokenRule::kNone
    );
    ~SimProcess();
    SimProcess(const SimProcess&) = delete;
    SimProcess& operator=(const SimProcess&) = delete;

    void start() { worker_->start(); }
    Ports ports();  // through the decorators
    // Which port calls fail, and how long they take. Nothing fails until somebody says so.
    FaultPlan& faults() { return faults_; }
    Clock& clock() { return clock_; }
    // Runs one ready handler; false when the process only sleeps.
    bool step();
    Worker& worker() { return *worker_; }
    BuyerDesk& node() { return *node_; }
    MemoryGate& gate() { return gate_; }
    SimLeadership& leadership() { return leadership_; }
    void set_queue_known_down(bool down) { failing_queue_.set_known_down(down); }
    OrderBook& orders() { return orders_; }
    SqliteOrderQueue& queue() { return queue_; }
    SaleBook& sales() { return sales_; }
    TestMeter& meter() { return meter_; }
    TestLog& log() { return log_; }
    boost::asio::io_context& context() { return context_; }
    const CatalogueLease& lease() const { return lease_; }

private:
    // Reverse order of destruction matters: coroutines that sleep or wait go before the context they run on.
    boost::asio::io_context context_;
    TestLog log_;
    TestMeter meter_;
    ProcessClock clock_;
    SimEntropy entropy_;
    FaultPlan faults_;
    InlineLane writer_;
    InlineLane reader_;
    std::unique_ptr<Store> store_;
    SqliteLedger ledger_;
    SqliteSaleBook sales_;
    SqliteOrderBook orders_;
    SqliteReviewBook reviews_;
    SqliteInvalidationOutbox outbox_;
    StorePlatformReader pages_;
    NoPageCache cache_;
    SqliteOrderQueue queue_;
    MemoryGate gate_;
    MemoryEvents events_;
    BrokenQueue broken_queue_;
    FailingLedger failing_ledger_;
    FailingQueue failing_queue_;
    FailingGate failing_gate_;
    CatalogueLease lease_;
    OwnLeases leases_;
    SimLeadership leadership_;
    std::unique_ptr<BuyerDesk> node_;
    std::unique_ptr<Worker> worker_;
};

}  // namespace sluice::sim
