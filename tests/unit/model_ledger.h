#pragma once
// The smallest ledger that keeps the promises of ports/ledger.h, in memory and synchronous: what
// the property tests of the protocol plan against. One sale; nothing fails; whatever a correct plan
// never asks for is noted in broken().

#include <map>
#include <span>
#include <string>
#include <vector>

#include "domain/admission.h"
#include "domain/ledger_change.h"

namespace sluice {

class ModelLedger {
public:
    struct Movement {
        Version version;
        Units units = 0;
        Units available_after = 0;
    };

    ModelLedger(Units stock, Units limit_per_buyer);

    SaleSnapshot snapshot(std::span<const OrderId> orders, std::span<const BuyerId> buyers) const;
    Applied apply(const LedgerChange& change);
    Epoch begin_epoch();
    bool is_sealed_before(Epoch epoch) const { return next(sealed_epoch_) >= epoch; }
    GateImage gate_image() const;
    bool pay(OrderId order);
    void pass(Millis time) { sale_now_ += time; }

    const Sale& sale() const { return sale_; }
    Version version() const { return version_; }
    WallTime now() const { return sale_now_; }
    const std::map<OrderId, OrderRow>& orders() const { return orders_; }
    const std::map<OrderId, DeferredOrder>& deferred() const { return deferred_; }
    Units bought(const BuyerId& buyer) const;
    const std::map<BuyerId, Units>& totals() const { return totals_; }
    const std::vector<Movement>& movements() const { return movements_; }
    const std::string& broken() const { return broken_; }

private:
    bool rows_allow(const LedgerChange& change) const;
    bool is_sealed(const LedgerChange& change) const;
    void write(const LedgerChange& change, LedgerTruth& truth);
    void insert(const NewOrder& row);

    Sale sale_;
    Version version_{1};
    Epoch sealed_epoch_{0};
    WallTime sale_now_ = wall_from_ms(2'000);
    std::map<OrderId, OrderRow> orders_;
    std::map<OrderId, DeferredOrder> deferred_;
    std::map<BuyerId, Units> totals_;
    std::vector<Movement> movements_;
    std::string broken_;  // empty while no plan asked for the impossible
};

}  // namespace sluice
