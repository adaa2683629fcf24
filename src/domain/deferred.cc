#include "domain/deferred.h"

#include "domain/enum_text.h"

namespace sluice {

std::string_view to_string(DeferredState state) {
    switch (state) {
        case DeferredState::kParked:
            return "parked";
        case DeferredState::kBuried:
            return "buried";
    }
    return {};
}

std::string_view to_string(WorkKind kind) {
    switch (kind) {
        case WorkKind::kExpiry:
            return "expiry";
        case WorkKind::kCancel:
            return "cancel";
        case WorkKind::kPayment:
            return "payment";
        case WorkKind::kWebhook:
            return "webhook";
    }
    return {};
}

std::optional<DeferredState> parse_deferred_state(std::string_view text) {
    return parse_by_name(text, std::array{DeferredState::kParked, DeferredState::kBuried});
}

std::optional<WorkKind> parse_work_kind(std::string_view text) {
    return parse_by_name(
        text,
        std::array{WorkKind::kExpiry, WorkKind::kCancel, WorkKind::kPayment, WorkKind::kWebhook}
    );
}

}  // namespace sluice
