#pragma once
// plan_settlement: what to do with accepted orders, decided from one snapshot. Never looks at window or state: an
// accepted order settles after closing time. See docs/protocol.md §6.

#include <optional>
#include <span>
#include <vector>

#include "domain/ledger_change.h"

namespace sluice {

enum class Settlement : std::uint8_t {
    kSettle,     // takes its units
    kDuplicate,  // has its row already: sync heals the gate
    kReject,     // stock or limit says no (compensation): a row with its reason, then the hold is released
    kStale,      // of a sealed epoch and unknown: was never promised; dropped without a trace
    kBuried,     // waits for a person: parked again in the gate
};

struct RunOrder {  // one order of a message, with the epoch of its message
    AcceptedOrder order;
    Epoch epoch;
};

struct SettlementPlan {
    std::vector<Settlement> decisions;  // index = the run's
    std::optional<LedgerChange> change;  // nullopt iff nothing has to be written
    // What the snapshot proves of duplicates; to be synced as it is when there is no change to apply.
    LedgerTruth healed;
};

SettlementPlan plan_settlement(const SaleSnapshot& snapshot, std::span<const RunOrder> run);

// Direct mode (docs/protocol.md §6): the same decision made at admission time, so window, state, limit and stock are
// answers and refusals write no row.
struct DirectRequest {
    OrderId order;
    BuyerId buyer;
    Units quantity = 0;
};
enum class DirectVerdict : std::uint8_t {
    kPlaced, kReplayed, kPayloadMismatch, kNotOpen, kEnded, kPaused, kLimitReached, kSoldOut
};
struct DirectPlan {
    std::vector<DirectVerdict> verdicts;  // index = the requests'
    std::vector<Units> left;              // for sold_out and limit_reached: what could still be had
    std::optional<LedgerChange> change;
};
DirectPlan plan_direct(const SaleSnapshot& snapshot, std::span<const DirectRequest> requests);

}  // namespace sluice
