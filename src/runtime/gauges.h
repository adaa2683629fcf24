#pragma once
// Figures that must be asked for, refreshed in the background and shown as gauges: a scrape never waits for a store, and a
// slow store never blocks a scrape. Refreshed on the core executor, read from any thread.

#include <map>
#include <mutex>
#include <vector>

#include "app/catalogue_lease.h"
#include "app/periodic.h"
#include "ports/gate.h"
#include "ports/log.h"
#include "ports/order_book.h"
#include "ports/order_queue.h"
#include "runtime/metrics.h"

namespace sluice {

struct GaugePorts {
    Gate& gate;
    OrderQueue& queue;
    OrderBook& orders;
    Clock& clock;
    Log& log;
};

class Gauges {
public:
    Gauges(GaugePorts ports, const CatalogueLease& lease, MetricsRegistry& metrics);

    // One refresh; returns the pause before the next.
    Task<Millis> refresh();
    bool queue_up() const;

private:
    using Samples = std::vector<MetricsRegistry::Sample>;
    struct Shown {
        Samples stock, gate_state, queue_messages, queue_age, consumers, dead_letters;
        bool queue_up = false;
    };
    Task<void> add_sale(Shown& shown, const Sale& sale);
    Task<void> add_queue(Shown& shown);
    void add_partition(Shown& shown, const QueueDepth& depth);
    // How long work has been lying there with nobody to take it; logs when that begins and ends.
    Millis unattended(const QueueDepth& depth);
    Task<void> add_dead_letters(Shown& shown);
    void show(std::string name, std::string help, Samples Shown::*figures);

    GaugePorts ports_;
    LeaseView lease_;
    MetricsRegistry& metrics_;
    std::map<Partition, Instant> unattended_since_;  // partitions with work and without a consumer
    mutable std::mutex mutex_;
    Shown shown_;  // guarded by mutex_
    std::vector<MetricsRegistry::Handle> handles_;
};

inline constexpr Millis kGaugesEvery{5'000};
inline constexpr std::size_t kGaugeSalesMax = 50;  // open sales shown one by one: bounds the text and the queries

}  // namespace sluice
