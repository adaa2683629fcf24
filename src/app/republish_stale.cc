#include "app/republish_stale.h"

#include <utility>

namespace sluice {

Task<void> RepublishStale::round(Deadline deadline) {
    const std::vector<Sale> sales = lease_.read().catalogue.sales;
    for (const Sale& sale : sales) {
        if (sale.mode != SaleMode::kQueued || sale.gate_state != GateState::kOpen) continue;
        auto claimed = co_await ports_.gate.claim_stale(sale.id, kClaimOrdersMax, deadline);
        if (!claimed.ok() || claimed->orders.empty()) continue;
        ports_.meter.count(Count::kRepublished, claimed->orders.size());
        Message message = std::move(*claimed);
        (void)co_await ports_.queue.publish(sale.partition, std::move(message), deadline);  // lost: claimed again later
    }
}

}  // namespace sluice
