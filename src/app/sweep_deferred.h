#pragma once
// The sweeper behind the tiers (docs/protocol.md §7): tier messages are timers that may be lost, so due rows are also
// found here. Parked orders are published again; parked work is retried; unmatched payments are tried again.

#include <unordered_map>

#include "app/expire_orders.h"
#include "app/pay_order.h"
#include "app/ports.h"

namespace sluice {

class SweepDeferred {
public:
    SweepDeferred(Ports ports, ExpireOrders& expire, PayOrder& pay, DeferWork& defer)
        : ports_(ports), expire_(expire), pay_(pay), defer_(defer) {}

    Task<Result<Done>> sweep_orders(Deadline deadline);
    Task<Result<Done>> sweep_work(Deadline deadline);
    Task<Result<Done>> sweep_payments(Deadline deadline);

private:
    Task<void> retry(DeferredWork work, Deadline deadline);

    Ports ports_;
    ExpireOrders& expire_;
    PayOrder& pay_;
    DeferWork& defer_;
    std::unordered_map<OrderId, Instant> published_;  // lately, by this sweeper; pruned at every sweep
};

inline constexpr std::size_t kSweepRowsMax = 500;
// A row is published again by the sweeper only after its tier message had this long to arrive, and not more often.
inline constexpr Millis kTierGrace{2'000};
inline constexpr Millis kRepublishEvery{10'000};

}  // namespace sluice
