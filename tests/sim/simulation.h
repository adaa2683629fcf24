#pragma once
// The simulator: one seed, one thread, virtual time. Buyers, payers and an operator act at random on an embedded process
// whose port calls are late or fail at random, and which is killed between any two handlers, its disk losing what was not
// synced; then it starts again. At the end everything heals, drains, and the auditor judges all laws against the clients'
// journal. The same seed gives the same run to the last handler.

#include <cstdint>
#include <memory>
#include <string>

#include "audit/audit.h"
#include "sim/shop_clients.h"
#include "sim/sim_process.h"
#include "support/crash_vfs.h"

namespace sluice::sim {

struct SimOptions {
    std::uint64_t seed = 1;
    int actions = 150;
    int kills = 4;                     // about
    std::uint64_t fault_odds = 60;     // one port call in so many fails; 0: none
    Millis latency_max{20};            // of each port call
    std::string synchronous = "FULL";  // OFF must lose orders: the simulator is known to bite
    BrokenRule broken = BrokenRule::kNone;
};

struct SimReport {
    audit::AuditReport audit;
    std::size_t answers = 0;   // journal lines
    std::size_t accepted = 0;  // orders the clients were promised
    int kills = 0;
    std::uint64_t faults = 0;
    std::uint64_t fingerprint = 0;  // of the journal: equal for equal seeds
    bool drained = false;           // queue empty and nothing parked at the end
    std::string trouble;            // "" or the first law that is not ok, for people

    bool ok() const { return trouble.empty(); }
};

class Simulation {
public:
    explicit Simulation(SimOptions options);
    SimReport run();

private:
    void boot();
    void kill();
    void create_sales();
    // Runs up to `handlers` handlers; when all sleep, time moves on.
    void let_run(std::uint64_t handlers);
    bool drain();
    bool caught_up(const audit::GateFacts& gate);
    bool quiet();
    SimReport judge(bool drained);
    template <class T>
    T wait_for(Task<T> task);

    SimOptions options_;
    Prng prng_;
    VirtualClock clock_;
    CrashDisk disk_;
    std::unique_ptr<SimProcess> process_;
    std::vector<SaleId> sales_;
    std::unique_ptr<ShopClients> clients_;
    std::uint64_t lives_ = 0;
    int kills_ = 0;
    std::uint64_t faults_ = 0;
};

}  // namespace sluice::sim
