#pragma once
// ChangeWriter: one LedgerChange on its way into the ledger. The stock row, totals and the movement
// are in ledger_apply.cc, the rows of orders in ledger_apply_orders.cc.

#include <optional>
#include <span>

#include "adapters/mariadb/connection.h"
#include "domain/ledger_change.h"

namespace sluice::maria {

// Every step says whether to go on; the first that does not decides the answer.
class ChangeWriter {
public:
    ChangeWriter(Connection& connection, const LedgerChange& change)
        : connection_(connection), change_(change) {}

    Result<Applied> write();

private:
    using Moves = std::span<const OrderTransition>;

    bool take_version();
    bool insert_orders();
    bool insert_batch(std::span<const NewOrder> rows);
    bool move_orders();
    bool move_alike(Moves moves);
    bool move_batch(Moves moves);
    Units units_of(Moves moves);
    bool undefer_orders();
    bool defer_orders();
    bool defer_order(const DeferredOrder& row);
    bool write_totals();
    bool check_limit(const BuyerTotal& total);
    bool check_units();
    bool write_movement();
    LedgerTruth truth() const;

    bool stop(Conflict conflict);
    bool stop(EpochSealed sealed);
    bool stop(Error error);

    Connection& connection_;
    const LedgerChange& change_;

    // Read once the stock row is locked:
    WallTime now_;  // the ledger's clock
    Epoch epoch_;
    Epoch sealed_epoch_;
    Units limit_ = 0;
    Units available_ = 0;      // after the change
    std::int64_t orders_ = 0;  // rows of the sale so far

    Units explained_ = 0;                    // units that orders and restock account for
    std::optional<Result<Applied>> answer_;  // set once stopped
};

}  // namespace sluice::maria
