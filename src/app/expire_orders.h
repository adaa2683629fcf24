#pragma once
// Order timeout (docs/protocol.md §8): cancels orders whose payment deadline has passed by the ledger's clock and gives
// their units back. A payment that lands in between wins: the from-state is checked in the same transaction. A failure is
// retried at once, then by tier, then by a person; until then the order keeps its units and stays awaiting payment.

#include <optional>
#include <vector>

#include "app/change_ledger.h"
#include "app/deferred_work.h"
#include "app/ports.h"

namespace sluice {

class ExpireOrders {
public:
    ExpireOrders(Ports ports, DeferWork& defer) : ports_(ports), defer_(defer) {}

    // One sweep of what is due. Returns how many orders were cancelled.
    Task<Result<std::size_t>> sweep(Deadline deadline);
    // Retry of one order from its deferred row: expiry or cancel. ok = done or nothing left to do.
    Task<Result<Done>> retry(const DeferredWork& work, Deadline deadline);

private:
    bool clock_stepped(WallTime ledger_now);
    Task<std::size_t> expire(SaleId sale, std::vector<OrderId> orders, Deadline deadline);
    Task<Result<std::size_t>> expire_once(SaleId sale, std::vector<OrderId> orders, Deadline deadline);
    Task<Result<std::size_t>> cancel_by(SaleId sale, std::vector<OrderId> orders, Planner plan, Deadline deadline);

    Ports ports_;
    DeferWork& defer_;
    // How far the ledger's clock was ahead of the boot clock at the last sweep; nullopt before the first.
    std::optional<Millis> clock_offset_;
    std::optional<Instant> paused_until_;
};

inline constexpr std::size_t kExpiryRowsMax = 1'000;  // per sweep: bounds one transaction
inline constexpr Millis kClockStepMax{5'000};
inline constexpr Millis kClockStepPause{60'000};      // time for a person, or the clock, to take the step back

}  // namespace sluice
