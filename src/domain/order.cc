#include "domain/order.h"

#include "domain/enum_text.h"

namespace sluice {

bool may_become(OrderState from, OrderState to) {
    switch (from) {
        case OrderState::kHeld:
            return to == OrderState::kAwaitingPayment || to == OrderState::kPaid ||
                   to == OrderState::kRejected;
        case OrderState::kAwaitingPayment:
            return to == OrderState::kPaid || to == OrderState::kCancelled;
        case OrderState::kPaid:
        case OrderState::kCancelled:
        case OrderState::kRejected:
            return false;
    }
    return false;
}

bool is_active(OrderState state) {
    switch (state) {
        case OrderState::kAwaitingPayment:
        case OrderState::kPaid:
            return true;
        case OrderState::kHeld:
        case OrderState::kCancelled:
        case OrderState::kRejected:
            return false;
    }
    return false;
}

Letter letter_of(OrderState state) {
    switch (state) {
        case OrderState::kHeld:
            return Letter::kHeld;
        case OrderState::kAwaitingPayment:
        case OrderState::kPaid:
            return Letter::kSettled;
        case OrderState::kCancelled:
            return Letter::kCancelled;
        case OrderState::kRejected:
            return Letter::kRejected;
    }
    return Letter::kHeld;
}

Letter higher(Letter left, Letter right) {
    // Cancelled and rejected are both final, so neither may replace the other.
    const auto rank = [](Letter letter) {
        return letter == Letter::kRejected ? Letter::kCancelled : letter;
    };
    return rank(right) > rank(left) ? right : left;
}

std::string_view to_string(OrderState state) {
    switch (state) {
        case OrderState::kHeld:
            return "held";
        case OrderState::kAwaitingPayment:
            return "awaiting_payment";
        case OrderState::kPaid:
            return "paid";
        case OrderState::kCancelled:
            return "cancelled";
        case OrderState::kRejected:
            return "rejected";
    }
    return {};
}

std::string_view to_string(Reason reason) {
    switch (reason) {
        case Reason::kNone:
            return "";
        case Reason::kExpired:
            return "expired";
        case Reason::kBuyerCancelled:
            return "buyer_cancelled";
        case Reason::kSoldOut:
            return "sold_out";
        case Reason::kLimitReached:
            return "limit_reached";
        case Reason::kDiscarded:
            return "discarded";
    }
    return {};
}

std::optional<OrderState> parse_order_state(std::string_view text) {
    return parse_by_name(
        text,
        std::array{
            OrderState::kHeld, OrderState::kAwaitingPayment, OrderState::kPaid,
            OrderState::kCancelled, OrderState::kRejected}
    );
}

std::optional<Reason> parse_reason(std::string_view text) {
    return parse_by_name(
        text,
        std::array{
            Reason::kNone, Reason::kExpired, Reason::kBuyerCancelled, Reason::kSoldOut,
            Reason::kLimitReached, Reason::kDiscarded}
    );
}

}  // namespace sluice
