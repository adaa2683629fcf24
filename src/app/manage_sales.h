#pragma once
// The operator's side of sales: create, open, pause, resume, close, add stock. Every action carries an actor and a
// reason, and leaves an audit row in the same transaction.

#include <functional>
#include <string>

#include "app/actor.h"
#include "app/order_ids.h"
#include "app/ports.h"

namespace sluice {

class ManageSales {
public:
    // `changed` is called after every change, so that leases and gates are refreshed at once; may be empty.
    ManageSales(Ports ports, OrderIds& ids, std::function<void()> changed)
        : ports_(ports), ids_(ids), changed_(std::move(changed)) {}

    // Errors: kInvalidField naming the field and its range; kNotFound; kConflict. sale.secret_number and .partitions are
    // filled in here.
    Task<Result<Sale>> create(NewSale sale, Actor actor, Deadline deadline);
    // open (from draft), pause, resume (= open from paused), close: by target state.
    Task<Result<Sale>> set_state(SaleId sale, SaleState to, Actor actor, Deadline deadline);
    Task<Result<Sale>> add_stock(SaleId sale, Units units, Actor actor, Deadline deadline);

private:
    Task<Result<Sale>> find(SaleId sale, Deadline deadline);
    Task<void> tell_gate(Sale sale, Deadline deadline);

    Ports ports_;
    OrderIds& ids_;
    std::function<void()> changed_;
};

}  // namespace sluice
