#pragma once
// Payments and what became of them. Every validly signed notification is stored under its payment id, which is unique
// for ever; so a repeated notification gets the same answer. See docs/protocol.md §8.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"
#include "base/units.h"

namespace sluice {

struct Payment {
    PaymentId id;
    OrderId order;
    Cents amount;
    Currency currency;
};

enum class PaymentState : std::uint8_t {
    kUnmatched,  // stored, its order has no row yet (or its replacement order has none)
    kApplied,    // made its order paid
    kRefundDue,  // must be given back
};

enum class RefundReason : std::uint8_t {
    kNone, kOrderCancelled, kOrderRejected, kAlreadyPaid, kAmountMismatch, kOrderUnknown, kNoStockForLateMoney,
    kSaleShutForLateMoney,  // not open yet, paused or over
    kLimitForLateMoney      // the buyer has bought up to the limit since
};

struct PaymentRow {
    Payment payment;
    PaymentState state = PaymentState::kUnmatched;
    RefundReason refund_reason = RefundReason::kNone;  // != kNone iff refund_due
    // Set when late money bought a new order: the id derived from the payment, whose row this payment now waits for.
    std::optional<OrderId> replacement;
    WallTime received_at;

    OrderId target() const { return replacement ? *replacement : payment.order; }
};

std::string_view to_string(PaymentState state);
std::string_view to_string(RefundReason reason);
std::optional<PaymentState> parse_payment_state(std::string_view text);
std::optional<RefundReason> parse_refund_reason(std::string_view text);

// The decision for a stored payment given its target order's row (nullopt: none yet). kReplace: the order was
// cancelled and the sale wants late money to buy a new order.
enum class PaymentDecision : std::uint8_t { kWait, kApply, kReplace, kRefund };
struct PaymentPlan {
    PaymentDecision decision = PaymentDecision::kWait;
    RefundReason reason = RefundReason::kNone;  // iff kRefund
};
struct OrderRow;
enum class LatePayment : std::uint8_t;
// payment already belongs to the order.
PaymentPlan plan_payment(const PaymentRow& payment, const OrderRow* target, LatePayment policy, Millis age);

inline constexpr Millis kUnmatchedAgeMax{24LL * 3600 * 1000};

}  // namespace sluice
