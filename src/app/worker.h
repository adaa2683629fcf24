#pragma once
// The worker role: everything that goes on without a request. Lease, settlement of every partition, expiry, sweepers,
// republishing, gate rebuilds, reconciliation, retirement, invalidations; and the operator's use cases, which share its executor.

#include <memory>
#include <vector>

#include "app/buyer_desk.h"
#include "app/dead_letter_desk.h"
#include "app/keep_lease.h"
#include "app/manage_sales.h"
#include "app/manage_shops.h"
#include "app/periodic.h"
#include "app/ports.h"
#include "app/reconcile_sales.h"
#include "app/relay_invalidations.h"
#include "app/republish_stale.h"
#include "app/retire_sales.h"
#include "app/settle_orders.h"
#include "app/sweep_deferred.h"

namespace sluice {

class Worker {
public:
    Worker(Ports ports, CatalogueLease& lease, const OrderSecrets& secrets, RetryTiers tiers, Executor executor);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // An api process keeps its lease and serves its operators; everything else is a worker's.
    enum class Role : std::uint8_t { kApiOnly, kWorks };
    void start(Role role = Role::kWorks);
    // Finishes the turns in progress; leaves everything else to the stores. Await before destroying.
    Task<void> stop();

    ManageSales& manage() { return manage_; }
    ManageShops& shops() { return shops_; }
    DeadLetterDesk& desk() { return desk_; }
    ReconcileSales& reconcile() { return reconcile_; }
    BuyerDesk& buyer() { return buyer_; }
    RebuildGate& rebuild() { return rebuild_; }
    // For tests: one settle loop's worth of figures is in the meter; this only wakes the loops.
    void catalogue_changed();

private:
    Task<Millis> lease_turn();
    Task<Millis> gates_turn();
    Task<Millis> work_turn();
    Deadline turn_deadline() const { return ports_.clock.in(Millis{10'000}); }
    void add_loop(Duty duty, std::function<Task<Millis>()> turn);
    void add_loops();

    Ports ports_;
    const CatalogueLease& lease_;
    Role role_ = Role::kWorks;
    TaskGroup tasks_;
    BuyerDesk buyer_;
    KeepLease keep_lease_;
    DeferOrders defer_orders_;
    ExpireOrders expire_;
    SweepDeferred sweep_;
    RepublishStale republish_;
    RebuildGate rebuild_;
    ManageSales manage_;
    ManageShops shops_;
    ReconcileSales reconcile_;
    RetireSales retire_;
    RelayInvalidations relay_;
    DeadLetterDesk desk_;
    Periodic lease_loop_;
    Periodic gates_loop_;
    Periodic work_loop_;  // deferred work; woken by hints
    std::vector<std::unique_ptr<Periodic>> loops_;
    std::vector<std::unique_ptr<SettleOrders>> settlers_;
};

}  // namespace sluice
