#pragma once
// The lease of this process on the sale catalogue (docs/protocol.md §2). A 202, and every definite refusal, needs
// holds(sale, epoch): the last successful catalogue read began less than `lease` ago and named that epoch. Thread-safe;
// readers take a shared snapshot and touch no store.

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "ports/clock.h"
#include "ports/lease_authority.h"
#include "ports/ledger.h"

namespace sluice {

// One successful read, immutable.
struct LeaseRead {
    Catalogue catalogue;
    Instant began{-std::chrono::hours{24 * 365}};  // when the read was sent, by CLOCK_BOOTTIME
    WallTime wall_began; // this process's wall clock then; only to show times, never to decide
    std::unordered_map<SaleId, std::size_t> index;  // into catalogue.sales
    std::unordered_map<SaleId, Epoch> revoked_before;

    bool lame_duck = false;  // this process admits nothing new, but finishes what it has

    const Sale* find(SaleId sale) const;
    bool valid(Instant now) const { return now - began < catalogue.lease; }
    bool holds(SaleId sale, Epoch epoch, Instant now) const;
};

class CatalogueLease {
public:
    void renew(Catalogue catalogue, Instant began, WallTime wall_began);
    // From now on no epoch of the sale older than `epoch` is held, whatever a read in flight may bring.
    void revoke_before(SaleId sale, Epoch epoch);
    // Stop admitting, for good.
    void become_lame_duck();
    // Never null; before the first renew() it is an expired empty catalogue.
    std::shared_ptr<const LeaseRead> read() const;
    // Changes at every renew and revoke, so that a thread may keep its copy of read() until then.
    std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const LeaseRead> read_ = std::make_shared<LeaseRead>();  // guarded by mutex_
    std::unordered_map<SaleId, Epoch> revoked_before_;                       // guarded by mutex_
    std::atomic<std::uint64_t> generation_{1};
};

// A thread's own copy of the lease: no lock unless the generation moved.
class LeaseView {  // not thread-safe: one per thread
public:
    explicit LeaseView(const CatalogueLease& lease) : lease_(lease) {}
    const LeaseRead& read();

private:
    const CatalogueLease& lease_;
    std::uint64_t generation_ = 0;
    std::shared_ptr<const LeaseRead> copy_;
};

// LeaseAuthority of a process that owns its stores alone (embedded mode): revoking its own lease is all there is to do.
class OwnLeases final : public LeaseAuthority {
public:
    explicit OwnLeases(CatalogueLease& lease) : lease_(lease) {}
    Task<Result<Done>> revoke_before(SaleId sale, Epoch epoch, Deadline) override {
        lease_.revoke_before(sale, epoch);
        co_return Done{};
    }

private:
    CatalogueLease& lease_;
};

}  // namespace sluice
