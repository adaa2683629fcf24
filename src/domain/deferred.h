#pragma once
// Work that left its queue unfinished is a row of the ledger first (docs/protocol.md §7): an accepted order that could
// not be settled (DeferredOrder), or a failed expiry, cancel, payment or webhook (DeferredWork). Parked rows are retried
// by tier; buried rows wait for a person.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"
#include "domain/order.h"

namespace sluice {

enum class DeferredState : std::uint8_t { kParked, kBuried };

struct DeferredOrder {
    AcceptedOrder order;
    SaleId sale;
    Epoch epoch;  // that accepted it
    DeferredState state = DeferredState::kParked;
    int attempt = 1;  // attempts made so far, 0..kAttemptsMax; 0: a person redrove it
    WallTime due_at;
    WallTime first_failed_at;
    std::string last_error;
};

enum class WorkKind : std::uint8_t { kExpiry, kCancel, kPayment, kWebhook };

struct DeferredWork {
    WorkKind kind = WorkKind::kExpiry;
    std::string key;  // an order id's text for expiry and cancel, a payment id for payment
    SaleId sale;
    DeferredState state = DeferredState::kParked;
    int attempt = 1;  // likewise
    WallTime due_at;
    WallTime first_failed_at;
    std::string last_error;
};

std::string_view to_string(DeferredState state);
std::string_view to_string(WorkKind kind);
std::optional<DeferredState> parse_deferred_state(std::string_view text);
std::optional<WorkKind> parse_work_kind(std::string_view text);

}  // namespace sluice
