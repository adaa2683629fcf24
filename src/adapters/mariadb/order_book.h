#pragma once
// Reading orders and the dead-letter desk: ports/order_book.h over MariaDB or MySQL. Every method
// is one snapshot. Thread-safe. Errors as the pool says.

#include "adapters/mariadb/pool.h"
#include "ports/order_book.h"

namespace sluice {

class MariaOrderBook final : public OrderBook {
public:
    explicit MariaOrderBook(MariaPool& pool) : pool_(pool) {}

    Task<Result<std::optional<OrderRow>>> find_order(OrderId order, Deadline) override;
    Task<Result<std::optional<DeferredOrder>>> find_deferred(OrderId order, Deadline) override;
    Task<Result<std::vector<OrderRow>>> list_orders(OrderFilter filter, Deadline) override;
    Task<Result<DeadLetters>> list_dead_letters(DeadLetterFilter filter, Deadline) override;
    Task<Result<std::optional<PaymentRow>>> find_payment(PaymentId payment, Deadline) override;
    Task<Result<StockFigures>> stock_figures(SaleId sale, Deadline) override;

private:
    MariaPool& pool_;
};

}  // namespace sluice
