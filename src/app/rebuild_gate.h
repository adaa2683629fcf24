#pragma once
// Rebuilding a sale's gate from the ledger (docs/protocol.md §9): new epoch, leases out, barrier, seal, load, open. Also
// the first start of every sale. Resumable by another worker, which simply starts with another epoch; a load of unknown
// outcome is never repeated but starts again with epoch+1. While leases run out, the new gate is told ahead what the ledger
// has already, so that the load brings only what has changed (ADR 19).
//
// Of two workers that rebuild one sale (leadership has just changed hands) the later epoch wins, so the one with the
// earlier epoch gives way: were it to begin again at once, each would undo the other's work for as long as both live.

#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "app/catalogue_lease.h"
#include "app/ports.h"
#include "async/task_group.h"

namespace sluice {

class RebuildGate {
public:
    // `opened` is called after a gate opened, so that leases are read again at once; may be empty.
    RebuildGate(Ports ports, const CatalogueLease& lease, TaskGroup& tasks, std::function<void()> opened);

    // Starts a rebuild of every catalogued queued sale whose gate is missing, of another server or of another epoch, at
    // most kRebuildsMax at once; but none of a gate that another worker is rebuilding, until it has had its time.
    Task<void> watch_once(Deadline deadline);
    // Rebuilds one sale whatever its gate says; nothing when a rebuild of it is running.
    void demand(SaleId sale);
    void stop() { stopping_ = true; }
    std::size_t running() const { return running_.size(); }

private:
    struct GivenWay {
        Instant until;
        int times = 0;  // in a row
    };

    struct Ahead {  // of a load
        ImageRows taken;  // by the gate
        bool over = false;
    };

    Task<bool> is_still(const Sale& sale, Deadline deadline);
    Task<void> rebuild(SaleId sale);
    void give_way(SaleId sale);
    bool gives_way(SaleId sale) const;
    Task<Result<Done>> attempt(SaleId sale);
    Task<Result<Done>> carry_out(SaleId sale, ServerId server, Epoch epoch);
    Task<Result<ImageRows>> revoke(SaleId sale, ServerId server, Epoch epoch);
    Task<void> load_ahead(SaleId sale, ServerId server, Epoch epoch, Ahead& ahead);
    Task<Result<Done>> wait_sealed(SaleId sale, Epoch epoch);
    Task<void> catch_up(SaleId sale, Epoch epoch);
    Task<void> pause(Millis delay);
    Deadline step_deadline() const { return ports_.clock.in(Millis{10'000}); }

    Ports ports_;
    LeaseView lease_;
    TaskGroup& tasks_;
    std::function<void()> opened_;
    std::unordered_set<SaleId> running_;
    std::unordered_map<SaleId, GivenWay> given_way_;  // until the gate is seen open
    bool stopping_ = false;
};

inline constexpr std::size_t kRebuildsMax = 64;

}  // namespace sluice
