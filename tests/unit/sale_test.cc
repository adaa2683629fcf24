#include "domain/sale.h"

#include <gtest/gtest.h>

#include "domain_samples.h"

namespace sluice {
namespace {

constexpr std::array kStates = {
    SaleState::kDraft, SaleState::kOpen, SaleState::kPaused, SaleState::kClosed};

TEST(Sale, MovesOnlyAlongItsTable) {
    const std::string_view allowed =
        "draft>open draft>closed open>paused open>closed paused>open paused>closed";
    for (const SaleState from : kStates) {
        for (const SaleState to : kStates) {
            const auto move = std::string(to_string(from)) + ">" + std::string(to_string(to));
            EXPECT_EQ(may_become(from, to), allowed.find(move) != std::string_view::npos) << move;
        }
    }
}

TEST(Sale, IsLiveWhenOpenWithinItsHalfOpenWindow) {
    struct Case {
        SaleState state;
        std::int64_t now_ms;
        bool live;
    };
    const std::vector<Case> cases = {
        {SaleState::kOpen, samples::kOpensMs - 1, false},
        {SaleState::kOpen, samples::kOpensMs, true},
        {SaleState::kOpen, samples::kClosesMs - 1, true},
        {SaleState::kOpen, samples::kClosesMs, false},
        {SaleState::kDraft, 5'000, false},
        {SaleState::kPaused, 5'000, false},
        {SaleState::kClosed, 5'000, false},
    };
    for (const Case& expected : cases) {
        Sale sale = samples::snapshot(10).sale;
        sale.state = expected.state;
        EXPECT_EQ(is_live(sale, samples::at(expected.now_ms)), expected.live)
            << to_string(expected.state) << " at " << expected.now_ms;
    }
}

TEST(Sale, NamesAreReadBackAsTheyArePrinted) {
    for (const SaleState state : kStates) EXPECT_EQ(parse_sale_state(to_string(state)), state);
    for (const SaleMode mode : {SaleMode::kQueued, SaleMode::kDirect}) {
        EXPECT_EQ(parse_sale_mode(to_string(mode)), mode);
    }
    for (const LatePayment policy : {LatePayment::kRefund, LatePayment::kReacquire}) {
        EXPECT_EQ(parse_late_payment(to_string(policy)), policy);
    }
    EXPECT_EQ(to_string(GateState::kRecovering), "recovering");
    EXPECT_EQ(to_string(GateState::kOpen), "open");
    EXPECT_EQ(parse_sale_state("Open"), std::nullopt);
    EXPECT_EQ(parse_sale_mode(""), std::nullopt);
    EXPECT_EQ(parse_late_payment("keep"), std::nullopt);
}

}  // namespace
}  // namespace sluice
