#pragma once
// Reading orders and the dead-letter desk of embedded mode: ports/order_book.h over one SQLite
// Store. Every method is one snapshot on the store's reader lane. Thread-safe. Errors: kOverloaded (too
// much waits), kTimeout (the deadline passed before the work began).

#include "adapters/sqlite/store_calls.h"
#include "ports/order_book.h"

namespace sluice {

class SqliteOrderBook final : public OrderBook {
public:
    SqliteOrderBook(Store& store, const Clock& clock) : calls_(store, clock) {}

    Task<Result<std::optional<OrderRow>>> find_order(OrderId order, Deadline) override;
    Task<Result<std::optional<DeferredOrder>>> find_deferred(OrderId order, Deadline) override;
    Task<Result<std::vector<OrderRow>>> list_orders(OrderFilter filter, Deadline) override;
    Task<Result<DeadLetters>> list_dead_letters(DeadLetterFilter filter, Deadline) override;
    Task<Result<std::optional<PaymentRow>>> find_payment(PaymentId payment, Deadline) override;
    Task<Result<StockFigures>> stock_figures(SaleId sale, Deadline) override;

private:
    StoreCalls calls_;
};

}  // namespace sluice
