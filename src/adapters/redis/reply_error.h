#pragma once
// What an error reply means for the call that got it. Pure.

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace sluice {

// Whether a call may have changed something. A lost reply to a write is an unknown outcome; one to
// a read is only a store that did not answer.
enum class CallKind : std::uint8_t { kRead, kWrite };

// The script is not in the server's cache: certainly nothing ran.
bool is_noscript(std::string_view error);

// BADARG of our scripts: kInvalidField. Refusals that come before a script's first write (loading,
// read-only, out of memory, disk trouble, busy, not allowed …): kUnavailable. Anything else, e.g. a
// failure in the middle of a script: kOutcomeUnknown for a write, because scripts have no rollback.
Error error_of(std::string_view error, CallKind kind);

// For a call whose reply never came.
Error lost_reply(CallKind kind, std::string_view why);

}  // namespace sluice
