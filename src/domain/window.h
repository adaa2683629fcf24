#pragma once
// Whether a sale takes orders right now: the operator's word first, then the window [opens_at,
// closes_at). One rule for the gate and for direct mode.

#include <cstdint>
#include <optional>

#include "domain/sale.h"

namespace sluice {

enum class Shut : std::uint8_t { kNotOpen, kPaused, kEnded };

// nullopt: orders are taken.
std::optional<Shut> shut_at(SaleState state, WallTime opens_at, WallTime closes_at, WallTime now);

}  // namespace sluice
