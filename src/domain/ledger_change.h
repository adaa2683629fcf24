#pragma once
// LedgerChange: one transaction of the ledger, decided purely and applied by one SQL writer. Settle, reject, cancel,
// expire, park, bury, redrive, discard, restock and seal are all values of this one type. LedgerTruth: what that
// transaction (or one snapshot) proves, and the only thing that Gate::sync takes.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "base/units.h"
#include "domain/deferred.h"
#include "domain/order.h"

namespace sluice {

enum class MovementKind : std::uint8_t {
    kStock, kSettle, kCancel, kPark, kBury, kRedrive, kDiscard, kRestock, kSeal
};
std::string_view to_string(MovementKind kind);

struct FinishedOrder {
    OrderId order;
    Letter letter = Letter::kSettled;  // never kHeld
    friend bool operator==(const FinishedOrder&, const FinishedOrder&) = default;
};

struct BuyerTotal {
    BuyerId buyer;
    Units bought = 0;  // Σ quantity of the buyer's active orders in this sale
    friend bool operator==(const BuyerTotal&, const BuyerTotal&) = default;
};

// What the ledger says of a sale at one version; comes whole from one commit or one snapshot, never from a mixture.
struct LedgerTruth {
    SaleId sale;
    Epoch epoch;
    Version version;
    Units available = 0;
    std::vector<FinishedOrder> finished;
    std::vector<BuyerTotal> bought;
};

// A new row of the orders table. Its deadline is set by the ledger's clock at apply: now + terms.payment_window.
struct NewOrder {
    AcceptedOrder order;
    OrderState state = OrderState::kAwaitingPayment;  // awaiting_payment | paid (price 0) | rejected
    Reason reason = Reason::kNone;                    // != kNone iff rejected
};

// UPDATE … SET state=to WHERE state=from; the change fails as a whole unless exactly one row moves.
struct OrderTransition {
    OrderId order;
    OrderState from = OrderState::kAwaitingPayment;
    OrderState to = OrderState::kCancelled;
    Reason reason = Reason::kNone;
};

struct AuditNote {  // who did what and why; written in the same transaction
    std::string actor;
    std::string action;
    std::string subject;
    std::string reason;
};

struct LedgerChange {
    SaleId sale;
    Version expected;      // the version this was planned at; the commit makes it expected+1
    MovementKind kind = MovementKind::kSettle;
    Units units = 0;       // signed difference of `available`
    Units total_units = 0; // signed difference of `total` (restock only)
    std::optional<Epoch> seal;                 // sealed_epoch := max(sealed_epoch, seal)
    std::vector<NewOrder> insert;
    std::vector<OrderTransition> move;
    std::vector<DeferredOrder> defer;          // upsert
    std::vector<OrderId> undefer;              // delete; missing rows are fine
    std::vector<BuyerTotal> bought;            // absolute totals after the change
    std::vector<FinishedOrder> also_finished;  // known from the same snapshot (duplicates); only added to the truth
    std::vector<AuditNote> notes;
};

enum class Conflict : std::uint8_t {
    kVersion,  // another transaction took this version: snapshot and plan again
    kRows,     // a from-state did not hold (paid meanwhile): snapshot and plan again
};
struct EpochSealed {};  // a deferred row of a sealed epoch without an earlier row: the order was never promised; drop it
using Applied = std::variant<LedgerTruth, Conflict, EpochSealed>;

// Everything a plan may look at, from one consistent snapshot of one sale.
struct SaleSnapshot {
    Sale sale;  // epoch, total, available, limit, mode, state as of `version`
    Version version;
    Epoch sealed_epoch;
    WallTime now;  // the ledger's clock
    std::vector<OrderRow> orders;          // those of the asked ids that have a row
    std::vector<DeferredOrder> deferred;   // those of the asked ids that have a row
    std::vector<BuyerTotal> bought;        // of the asked buyers and of the buyers of `orders`; absent = 0
    std::vector<PaymentId> unmatched;      // payments stored for the asked ids and not applied yet
};

}  // namespace sluice
