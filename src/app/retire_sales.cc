#include "app/retire_sales.h"

#include <utility>

namespace sluice {

Task<void> RetireSales::round(Deadline deadline) {
    const std::vector<Sale> sales = lease_.read().catalogue.sales;
    const WallTime now = lease_.read().catalogue.now;
    for (const Sale& sale : sales) {
        const bool window_over = sale.state == SaleState::kOpen && sale.closes_at <= now;
        co_await look_at(sale, window_over || sale.state == SaleState::kClosed, deadline);
    }
    const auto retiring = retiring_;
    for (const auto& [sale, epoch] : retiring) co_await retire(sale, epoch, deadline);
}

Task<void> RetireSales::look_at(const Sale& sale, bool is_over, Deadline deadline) {
    const bool is_quiet = is_over && co_await nothing_held(sale, deadline);
    if (!is_quiet) {
        quiet_.erase(sale.id);
        co_return;
    }
    Quiet& quiet = quiet_.try_emplace(sale.id, Quiet{sale.state, ports_.clock.now()}).first->second;
    if (quiet.state != sale.state) quiet = Quiet{sale.state, ports_.clock.now()};
    const bool closed = sale.state == SaleState::kClosed;
    if (ports_.clock.now() - quiet.since < (closed ? kRetireAfter : kCloseAfter)) co_return;
    quiet_.erase(sale.id);  // if the ledger refuses, the hour begins anew
    if (closed) {
        retiring_.insert_or_assign(sale.id, sale.epoch);
    } else {
        co_await close(sale.id, deadline);
    }
}

Task<void> RetireSales::close(SaleId sale, Deadline deadline) {
    Actor self{"sluice", "its window has been over for an hour"};
    (void)co_await manage_.set_state(sale, SaleState::kClosed, std::move(self), deadline);
}

// Once the ledger has retired a sale the catalogue no longer shows it; so what is in doubt is kept here, or the keys
// would stay for ever.
Task<void> RetireSales::retire(SaleId sale, Epoch epoch, Deadline deadline) {
    auto retired = co_await ports_.ledger.retire_sale(sale, epoch, deadline);
    if (!retired.ok()) {
        const bool refused = retired.error().code == Code::kConflict;  // an order awaits payment or is deferred
        if (refused) retiring_.erase(sale);
        co_return;
    }
    auto gone = co_await ports_.gate.retire(sale, epoch, deadline);
    if (gone.ok()) retiring_.erase(sale);
}

Task<bool> RetireSales::nothing_held(const Sale& sale, Deadline deadline) {
    if (sale.mode == SaleMode::kDirect) co_return true;
    auto gate = co_await ports_.gate.figures(sale.id, deadline);
    co_return gate.ok() && gate->answer == GateAnswer::kOk && gate->epoch == sale.epoch && gate->held == 0;
}

}  // namespace sluice
