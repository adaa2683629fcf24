#pragma once
// ChangeWriter: one LedgerChange on its way into the ledger, in as few round trips as its order of
// locks allows: the stock row first, under the version check; then everything else in one text;
// COMMIT is the pool's. The stock row, totals and the movement are in ledger_apply.cc, the rows of
// orders in ledger_apply_orders.cc.

#include <optional>
#include <span>
#include <vector>

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
    // What the answer to a statement of the text must be.
    struct Expected {
        enum class What : std::uint8_t {
            kAnything,
            kRows,     // so many, or nothing of the change holds: Conflict::kRows
            kWritten,  // so many, or the server is not what we take it for
            kUnits,    // one number, which is given back to stock
        };
        What what = What::kAnything;
        std::uint64_t rows = 0;
    };

    bool take_version();
    bool add_orders();
    bool add_moves();
    void add_move(Moves alike);
    void add_undefer();
    bool defer_orders();
    bool defer_order(const DeferredOrder& row);
    bool check_limits();
    bool check_limit(const BuyerTotal& total);
    std::int64_t moved_to(OrderState state) const;  // orders that the change puts there
    void add_totals();
    void add_paid();
    void add_movement();
    bool check_units();
    LedgerTruth truth() const;

    // The statement that was written into text_ is complete.
    void end(Expected::What what = Expected::What::kAnything, std::uint64_t rows = 0);
    bool send();  // what was written so far; false when an answer is not the expected one
    bool check_answer(Answers& answers, const Expected& expected);

    bool stop(Conflict conflict);
    bool stop(EpochSealed sealed);
    bool stop(Error error);

    Connection& connection_;
    const LedgerChange& change_;
    SqlText text_;                    // not sent yet
    std::vector<Expected> expected_;  // one per statement of text_

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

// Rows or ids in one statement of a text.
inline constexpr std::size_t kStatementRowsMax = 500;

}  // namespace sluice::maria
