#pragma once
// The wire form of an OutcomeEvent: a version byte, the sale, the number of outcomes, then per
// outcome the order's 16 bytes and its state; big-endian. decode never throws and accepts only what
// encode makes.

#include <string>
#include <string_view>

#include "base/result.h"
#include "ports/events.h"

namespace sluice {

std::string encode(const OutcomeEvent& event);
// Errors: kBadRequest with what is wrong.
Result<OutcomeEvent> decode_outcome(std::string_view body);

}  // namespace sluice
