#include "adapters/intercepted/crash_point.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <sstream>
#include <utility>

namespace sluice {
namespace {

// In the order in which an order meets them: place, settle, expire, park and bury, rebuild.
constexpr std::array<std::string_view, 26> kSteps{
    "gate.reserve",        "queue.publish.orders", "consumer.take",       "ledger.snapshot",
    "ledger.apply.settle", "gate.sync",            "consumer.ack",        "ledger.record_payment",
    "ledger.due",          "ledger.apply.cancel",  "ledger.defer_work",   "ledger.finish_work",
    "ledger.apply.park",   "gate.park",            "queue.publish_after", "ledger.apply.bury",
    "queue.notify_dead",   "gate.claim_stale",     "ledger.begin_epoch",  "ledger.rows",
    "gate.load_ahead",     "queue.publish.barrier", "ledger.apply.seal",  "ledger.gate_image",
    "gate.load",           "ledger.open_gate"};

constexpr std::array<std::pair<std::string_view, CrashPoint::Harm>, 3> kHarms{{
    {"before", CrashPoint::Harm::kDieBefore},
    {"after", CrashPoint::Harm::kDieAfter},
    {"lose", CrashPoint::Harm::kLoseAnswer},
}};

Error malformed(std::string_view text) {
    std::string known;
    for (const auto step : kSteps) known.append(known.empty() ? "" : ", ").append(step);
    return fail(
        Code::kInvalidField, "SLUICE_CRASH_AT: '" + std::string(text) +
                                 "' is not 'before|after|lose <step> [n]'; steps: " + known
    );
}

}  // namespace

CrashPoint::CrashPoint(Harm harm, std::string step, std::uint64_t nth)
    : harm_(harm), step_(std::move(step)), nth_(nth) {}

Result<std::unique_ptr<CrashPoint>> CrashPoint::parse(std::string_view text) {
    std::istringstream words{std::string(text)};
    std::string harm, step, count, more;
    words >> harm >> step >> count >> more;
    if (count.empty()) count = "1";
    const auto* const known = std::find_if(kHarms.begin(), kHarms.end(), [&](const auto& each) {
        return each.first == harm;
    });
    const bool named = std::find(kSteps.begin(), kSteps.end(), step) != kSteps.end();
    std::uint64_t nth = 0;
    const auto read = std::from_chars(count.data(), count.data() + count.size(), nth);
    const bool counted = read.ptr == count.data() + count.size() && nth >= 1 && more.empty();
    if (known == kHarms.end() || !named || !counted) return malformed(text);
    return std::make_unique<CrashPoint>(known->second, step, nth);
}

std::span<const std::string_view> CrashPoint::steps() { return kSteps; }

void CrashPoint::die() const {
    if (told_) told_();
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
}

Error CrashPoint::lost() const {
    if (told_) told_();
    return fail(Code::kOutcomeUnknown, "the answer to " + step_ + " was lost on purpose");
}

}  // namespace sluice
