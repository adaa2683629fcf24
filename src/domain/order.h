#pragma once
// An order's life, and the only table of its transitions. `held` exists only in the gate; every other state is a row of
// the ledger. The letter is what the gate remembers of an order: it only ever moves upwards.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "base/units.h"
#include "domain/sale.h"

namespace sluice {

enum class OrderState : std::uint8_t { kHeld, kAwaitingPayment, kPaid, kCancelled, kRejected };

enum class Letter : std::uint8_t { kHeld, kSettled, kCancelled, kRejected };  // held < settled < cancelled/rejected

// Why an order is cancelled or rejected.
enum class Reason : std::uint8_t { kNone, kExpired, kBuyerCancelled, kSoldOut, kLimitReached, kDiscarded };

// held→awaiting_payment|paid|rejected, awaiting_payment→paid|cancelled. Nothing else, ever.
bool may_become(OrderState from, OrderState to);
// Takes units of stock: awaiting_payment and paid.
bool is_active(OrderState state);
Letter letter_of(OrderState state);
// The higher of two letters (cancelled and rejected rank the same; the first wins).
Letter higher(Letter left, Letter right);

std::string_view to_string(OrderState state);
std::string_view to_string(Reason reason);
std::optional<OrderState> parse_order_state(std::string_view text);
std::optional<Reason> parse_reason(std::string_view text);

// An accepted order as it travels from the gate through the queue to the ledger.
struct AcceptedOrder {
    OrderId order;
    BuyerId buyer;
    Units quantity = 0;
    WallTime accepted_at;
    Terms terms;

    friend bool operator==(const AcceptedOrder&, const AcceptedOrder&) = default;
};

// One message: orders of one sale accepted by one script call of the gate of `epoch`. Retry hints carry epoch 0.
struct OrderBatch {
    SaleId sale;
    Epoch epoch;
    std::vector<AcceptedOrder> orders;

    friend bool operator==(const OrderBatch&, const OrderBatch&) = default;
};

// A row of the ledger's orders table.
struct OrderRow {
    SaleId sale;
    OrderId order;
    BuyerId buyer;
    Units quantity = 0;
    Terms terms;
    OrderState state = OrderState::kAwaitingPayment;  // never kHeld
    Reason reason = Reason::kNone;
    WallTime accepted_at;
    WallTime settled_at;
    WallTime deadline_at;                      // of payment, by the ledger's clock
    std::optional<WallTime> extended_until;    // later than deadline_at while the buyer is at the payment provider
    std::optional<PaymentId> payment;          // set iff paid and price > 0

    WallTime due_at() const { return extended_until ? *extended_until : deadline_at; }
    Cents amount() const { return Cents{terms.price.value() * quantity}; }
};

}  // namespace sluice
