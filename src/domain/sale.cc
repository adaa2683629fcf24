#include "domain/sale.h"

#include "domain/enum_text.h"
#include "domain/window.h"

namespace sluice {

std::string_view to_string(SaleMode mode) {
    switch (mode) {
        case SaleMode::kQueued:
            return "queued";
        case SaleMode::kDirect:
            return "direct";
    }
    return {};
}

std::string_view to_string(SaleState state) {
    switch (state) {
        case SaleState::kDraft:
            return "draft";
        case SaleState::kOpen:
            return "open";
        case SaleState::kPaused:
            return "paused";
        case SaleState::kClosed:
            return "closed";
    }
    return {};
}

std::string_view to_string(GateState state) {
    switch (state) {
        case GateState::kRecovering:
            return "recovering";
        case GateState::kOpen:
            return "open";
    }
    return {};
}

std::string_view to_string(LatePayment policy) {
    switch (policy) {
        case LatePayment::kRefund:
            return "refund";
        case LatePayment::kReacquire:
            return "reacquire";
    }
    return {};
}

std::optional<SaleMode> parse_sale_mode(std::string_view text) {
    return parse_by_name(text, std::array{SaleMode::kQueued, SaleMode::kDirect});
}

std::optional<SaleState> parse_sale_state(std::string_view text) {
    return parse_by_name(
        text,
        std::array{SaleState::kDraft, SaleState::kOpen, SaleState::kPaused, SaleState::kClosed}
    );
}

std::optional<LatePayment> parse_late_payment(std::string_view text) {
    return parse_by_name(text, std::array{LatePayment::kRefund, LatePayment::kReacquire});
}

StockLevel stock_level(const Sale& sale) {
    if (sale.available <= 0) return StockLevel::kSoldOut;
    if (sale.available <= (sale.total + 49) / 50) return StockLevel::kAlmostGone;
    return sale.available <= (sale.total + 9) / 10 ? StockLevel::kFewLeft : StockLevel::kPlenty;
}

std::string_view to_string(StockLevel level) {
    switch (level) {
        case StockLevel::kPlenty: return "plenty";
        case StockLevel::kFewLeft: return "few_left";
        case StockLevel::kAlmostGone: return "almost_gone";
        case StockLevel::kSoldOut: return "sold_out";
    }
    return "";
}

bool may_become(SaleState from, SaleState to) {
    switch (from) {
        case SaleState::kDraft:
            return to == SaleState::kOpen || to == SaleState::kClosed;
        case SaleState::kOpen:
            return to == SaleState::kPaused || to == SaleState::kClosed;
        case SaleState::kPaused:
            return to == SaleState::kOpen || to == SaleState::kClosed;
        case SaleState::kClosed:
            return false;
    }
    return false;
}

std::optional<Shut> shut_at(SaleState state, WallTime opens_at, WallTime closes_at, WallTime now) {
    switch (state) {
        case SaleState::kDraft:
            return Shut::kNotOpen;
        case SaleState::kPaused:
            return Shut::kPaused;
        case SaleState::kClosed:
            return Shut::kEnded;
        case SaleState::kOpen:
            break;
    }
    if (now < opens_at) return Shut::kNotOpen;
    if (now >= closes_at) return Shut::kEnded;
    return std::nullopt;
}

bool is_live(const Sale& sale, WallTime now) {
    return !shut_at(sale.state, sale.opens_at, sale.closes_at, now);
}

}  // namespace sluice
