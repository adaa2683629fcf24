#include "adapters/redis/reply_error.h"

#include <algorithm>
#include <array>

namespace sluice {
namespace {

// Redis says these before a command, or a script's first write, has run.
constexpr std::array<std::string_view, 14> kRefusals = {
    "LOADING", "READONLY", "MASTERDOWN",  "OOM",      "MISCONF", "BUSY", "NOREPLICAS",
    "NOAUTH",  "BROKEN",   "CLUSTERDOWN", "TRYAGAIN", "MOVED",   "ASK",  "NOSCRIPT"};

std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

// "CODE text". Redis 6 wraps an error of a command inside a script: "ERR Error running script (…):
// …: -CODE text".
std::string_view code_of(std::string_view error) {
    const auto code = first_word(error);
    const auto inner = error.rfind(": -");
    if (code != "ERR" || inner == std::string_view::npos) return code;
    return first_word(error.substr(inner + 3));
}

}  // namespace

bool is_noscript(std::string_view error) { return first_word(error) == "NOSCRIPT"; }

Error error_of(std::string_view error, CallKind kind) {
    const auto code = code_of(error);
    std::string detail = "redis: " + std::string(error);
    if (code == "BADARG") return Error{Code::kInvalidField, std::move(detail)};
    const bool refused = std::find(kRefusals.begin(), kRefusals.end(), code) != kRefusals.end();
    const bool certain = refused || kind == CallKind::kRead;
    return Error{certain ? Code::kUnavailable : Code::kOutcomeUnknown, std::move(detail)};
}

Error lost_reply(CallKind kind, std::string_view why) {
    const auto code = kind == CallKind::kWrite ? Code::kOutcomeUnknown : Code::kUnavailable;
    return Error{code, "redis: no reply: " + std::string(why)};
}

}  // namespace sluice
