#include "domain/order.h"

#include <gtest/gtest.h>

#include "domain_samples.h"

namespace sluice {
namespace {

constexpr std::array kStates = {
    OrderState::kHeld, OrderState::kAwaitingPayment, OrderState::kPaid, OrderState::kCancelled,
    OrderState::kRejected};

TEST(Order, MovesOnlyAlongItsTable) {
    const std::string_view allowed =
        "held>awaiting_payment held>paid held>rejected "
        "awaiting_payment>paid awaiting_payment>cancelled";
    for (const OrderState from : kStates) {
        for (const OrderState to : kStates) {
            const auto move = std::string(to_string(from)) + ">" + std::string(to_string(to));
            EXPECT_EQ(may_become(from, to), allowed.find(move) != std::string_view::npos) << move;
        }
    }
}

TEST(Order, TakesUnitsWhileAwaitingPaymentOrPaid) {
    for (const OrderState state : kStates) {
        const bool takes = state == OrderState::kAwaitingPayment || state == OrderState::kPaid;
        EXPECT_EQ(is_active(state), takes) << to_string(state);
    }
}

TEST(Order, LetterFollowsTheState) {
    EXPECT_EQ(letter_of(OrderState::kHeld), Letter::kHeld);
    EXPECT_EQ(letter_of(OrderState::kAwaitingPayment), Letter::kSettled);
    EXPECT_EQ(letter_of(OrderState::kPaid), Letter::kSettled);
    EXPECT_EQ(letter_of(OrderState::kCancelled), Letter::kCancelled);
    EXPECT_EQ(letter_of(OrderState::kRejected), Letter::kRejected);
}

TEST(Order, LetterNeverMovesBack) {
    constexpr Letter h = Letter::kHeld;
    constexpr Letter s = Letter::kSettled;
    constexpr Letter c = Letter::kCancelled;
    constexpr Letter r = Letter::kRejected;
    //                            left right expected
    const std::vector<std::array<Letter, 3>> cases = {
        {h, h, h}, {h, s, s}, {h, c, c}, {h, r, r}, {s, h, s}, {s, s, s}, {s, c, c}, {s, r, r},
        {c, h, c}, {c, s, c}, {c, c, c}, {c, r, c}, {r, h, r}, {r, s, r}, {r, c, r}, {r, r, r},
    };
    for (const auto& [left, right, expected] : cases) EXPECT_EQ(higher(left, right), expected);
}

TEST(Order, NamesAreReadBackAsTheyArePrinted) {
    for (const OrderState state : kStates) EXPECT_EQ(parse_order_state(to_string(state)), state);
    for (const Reason reason :
         {Reason::kNone, Reason::kExpired, Reason::kBuyerCancelled, Reason::kSoldOut,
          Reason::kLimitReached, Reason::kDiscarded}) {
        EXPECT_EQ(parse_reason(to_string(reason)), reason);
    }
    EXPECT_EQ(parse_order_state("lost"), std::nullopt);
    EXPECT_EQ(parse_reason("because"), std::nullopt);
}

TEST(Order, DeferredNamesAreReadBackAsTheyArePrinted) {
    for (const auto state : {DeferredState::kParked, DeferredState::kBuried}) {
        EXPECT_EQ(parse_deferred_state(to_string(state)), state);
    }
    for (const auto kind :
         {WorkKind::kExpiry, WorkKind::kCancel, WorkKind::kPayment, WorkKind::kWebhook}) {
        EXPECT_EQ(parse_work_kind(to_string(kind)), kind);
    }
    EXPECT_EQ(parse_deferred_state("gone"), std::nullopt);
    EXPECT_EQ(parse_work_kind("order"), std::nullopt);
}

TEST(OrderRow, AmountIsPriceTimesQuantity) {
    EXPECT_EQ(samples::row(1, "ann", 3).amount(), Cents{750});
}

TEST(OrderRow, ExtensionMovesTheDeadline) {
    OrderRow row = samples::row(1, "ann", 1);
    EXPECT_EQ(row.due_at(), samples::at(4'000));
    row.extended_until = samples::at(6'000);
    EXPECT_EQ(row.due_at(), samples::at(6'000));
}

}  // namespace
}  // namespace sluice
