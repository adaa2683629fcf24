#include "app/retire_sales.h"

#include <utility>

namespace sluice {

Task<void> RetireSales::round(Deadline deadline) {
    const std::vector<Sale> sales = lease_.read().catalogue.sales;
    for (const Sale& sale : sales) {
        const bool is_quiet = co_await quiet(sale, deadline);
        if (!is_quiet) {
            quiet_since_.erase(sale.id);
            continue;
        }
        const auto since = quiet_since_.try_emplace(sale.id, clock_.now()).first->second;
        if (clock_.now() - since < kRetireAfter) continue;
        auto retired = co_await ledger_.retire_sale(sale.id, sale.epoch, deadline);
        if (!retired.ok()) {
            quiet_since_.erase(sale.id);  // something awaits payment or is deferred: the hour begins anew
            continue;
        }
        if (sale.mode == SaleMode::kQueued) (void)co_await gate_.retire(sale.id, sale.epoch, deadline);
        quiet_since_.erase(sale.id);
    }
}

Task<bool> RetireSales::quiet(const Sale& sale, Deadline deadline) {
    if (sale.state != SaleState::kClosed) co_return false;
    if (sale.mode == SaleMode::kDirect) co_return true;
    auto gate = co_await gate_.snapshot(sale.id, deadline);
    co_return gate.ok() && gate->answer == GateAnswer::kOk && gate->epoch == sale.epoch && gate->held == 0;
}

}  // namespace sluice
