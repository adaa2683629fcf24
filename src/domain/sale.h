#pragma once
// A sale: goods + stock + window + limit per buyer + payment window + mode, and the two independent states it has: the
// operator's word (SaleState) and the machine's (GateState). A rebuild of the gate touches only the second.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"
#include "base/units.h"

namespace sluice {

enum class SaleMode : std::uint8_t { kQueued, kDirect };
enum class SaleState : std::uint8_t { kDraft, kOpen, kPaused, kClosed };
enum class GateState : std::uint8_t { kRecovering, kOpen };
// Money that comes after its order was cancelled: give it back, or try a new order for it through the gate.
enum class LatePayment : std::uint8_t { kRefund, kReacquire };

// What an order costs and how long its buyer may take to pay; fixed at acceptance and carried with the order.
struct Terms {
    Cents price;  // of one unit
    Currency currency;
    Millis payment_window{0};

    friend bool operator==(const Terms&, const Terms&) = default;
};

// One row of the sale catalogue.
struct Sale {
    SaleId id;
    GoodsId goods;
    std::string title;  // of the goods
    SaleMode mode = SaleMode::kQueued;
    SaleState state = SaleState::kDraft;
    GateState gate_state = GateState::kRecovering;
    Revision revision{1};  // +1 at every change of `state`
    Epoch epoch{1};
    Units total = 0;
    Units available = 0;
    Units limit_per_buyer = 1;
    WallTime opens_at;
    WallTime closes_at;
    Terms terms;
    LatePayment late_payment = LatePayment::kRefund;
    Partition partition;
    std::uint32_t secret_number = 0;  // of the order-id secret in force when the sale was created
    bool retired = false;             // its gate is gone for good; answers `ended`
};

// What everybody may know of a sale's stock. A hint: units of accepted orders that are not settled yet still count as
// there.
enum class StockLevel : std::uint8_t {
    kPlenty,
    kFewLeft,     // a tenth or less of the total
    kAlmostGone,  // a fiftieth or less, or the last unit
    kSoldOut,
};
StockLevel stock_level(const Sale& sale);
std::string_view to_string(StockLevel level);

// The partition of the order queue that carries a sale's orders; `partitions` is fixed for the life of its stores.
inline Partition partition_of(SaleId sale, std::uint16_t partitions) {
    return Partition{static_cast<std::uint16_t>(sale.value() % partitions)};
}

std::string_view to_string(SaleMode mode);
std::string_view to_string(SaleState state);
std::string_view to_string(GateState state);
std::string_view to_string(LatePayment policy);
std::optional<SaleMode> parse_sale_mode(std::string_view text);
std::optional<SaleState> parse_sale_state(std::string_view text);
std::optional<LatePayment> parse_late_payment(std::string_view text);

// draft → open ⇄ paused → closed, open → closed, draft → closed; nothing leaves closed.
bool may_become(SaleState from, SaleState to);

// Open and within its window at `now`.
bool is_live(const Sale& sale, WallTime now);

}  // namespace sluice
