#include "domain/ledger_change.h"

namespace sluice {

std::string_view to_string(MovementKind kind) {
    switch (kind) {
        case MovementKind::kStock:
            return "stock";
        case MovementKind::kSettle:
            return "settle";
        case MovementKind::kCancel:
            return "cancel";
        case MovementKind::kPark:
            return "park";
        case MovementKind::kBury:
            return "bury";
        case MovementKind::kRedrive:
            return "redrive";
        case MovementKind::kDiscard:
            return "discard";
        case MovementKind::kRestock:
            return "restock";
        case MovementKind::kSeal:
            return "seal";
    }
    return {};
}

}  // namespace sluice
