#pragma once
// Reading orders and the dead-letter desk, for people and clients. No method changes anything.

#include <optional>
#include <string>
#include <vector>

#include "async/task.h"
#include "base/time.h"
#include "domain/deferred.h"
#include "domain/order.h"
#include "domain/payment.h"

namespace sluice {

struct OrderFilter {
    std::optional<SaleId> sale;
    std::optional<BuyerId> buyer;
    std::optional<OrderState> state;
    std::optional<OrderId> after;  // cursor: the last id of the page before
    std::size_t rows_max = 50;
};

struct DeadLetterFilter {
    std::optional<SaleId> sale;
    std::optional<WorkKind> kind;              // of deferred work
    std::optional<DeferredState> state;        // nullopt: both
    bool orders = true;                        // include deferred orders
    bool work = true;                          // include deferred work
    std::size_t rows_max = 200;
};
struct DeadLetters {
    std::vector<DeferredOrder> orders;
    std::vector<DeferredWork> work;
};

struct StockFigures {  // of one sale, Σ quantity by state; asked for every few seconds for every open sale: must be cheap
    Units total = 0;
    Units available = 0;
    Units awaiting_payment = 0;
    Units paid = 0;
    std::uint64_t orders = 0;
    std::uint64_t cancelled_orders = 0;
    std::uint64_t rejected_orders = 0;
};

class OrderBook {
public:
    virtual ~OrderBook() = default;
    virtual Task<Result<std::optional<OrderRow>>> find_order(OrderId order, Deadline) = 0;
    virtual Task<Result<std::optional<DeferredOrder>>> find_deferred(OrderId order, Deadline) = 0;
    virtual Task<Result<std::vector<OrderRow>>> list_orders(OrderFilter filter, Deadline) = 0;  // by order id
    virtual Task<Result<DeadLetters>> list_dead_letters(DeadLetterFilter filter, Deadline) = 0;
    virtual Task<Result<std::optional<PaymentRow>>> find_payment(PaymentId payment, Deadline) = 0;
    virtual Task<Result<StockFigures>> stock_figures(SaleId sale, Deadline) = 0;
};

}  // namespace sluice
