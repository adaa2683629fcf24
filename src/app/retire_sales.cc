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
        quiet_since_.erase(sale.id);  // if the ledger refuses, the hour begins anew
        retiring_.insert_or_assign(sale.id, sale.epoch);
    }
    const auto retiring = retiring_;
    for (const auto& [sale, epoch] : retiring) co_await retire(sale, epoch, deadline);
}

// Once the ledger has retired a sale the catalogue no longer shows it; so what is in doubt is kept here, or the keys
// would stay for ever.
Task<void> RetireSales::retire(SaleId sale, Epoch epoch, Deadline deadline) {
    auto retired = co_await ledger_.retire_sale(sale, epoch, deadline);
    if (!retired.ok()) {
        const bool refused = retired.error().code == Code::kConflict;  // an order awaits payment or is deferred
        if (refused) retiring_.erase(sale);
        co_return;
    }
    auto gone = co_await gate_.retire(sale, epoch, deadline);
    if (gone.ok()) retiring_.erase(sale);
}

Task<bool> RetireSales::quiet(const Sale& sale, Deadline deadline) {
    if (sale.state != SaleState::kClosed) co_return false;
    if (sale.mode == SaleMode::kDirect) co_return true;
    auto gate = co_await gate_.snapshot(sale.id, deadline);
    co_return gate.ok() && gate->answer == GateAnswer::kOk && gate->epoch == sale.epoch && gate->held == 0;
}

}  // namespace sluice
