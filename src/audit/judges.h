#pragma once
// One pure function per law. Each says ok only after it has read everything that it needs: a failed
// read makes it unjudged, missing evidence (no gate, no journal) not applicable.

#include <string>
#include <string_view>

#include "audit/facts.h"
#include "audit/laws.h"

namespace sluice::audit {

enum class Law : std::uint8_t {
    kNoOversell,
    kConservation,
    kMovements,
    kLimits,
    kProjection,
    kNoLoss,
    kNoLeak,
    kMoney,
    kRoom,
    kPromise,
    kOnce,
    kHonestRefusal
};

// A report with its name and statement filled in; unjudged until somebody says otherwise.
LawReport blank_report(Law law);
LawReport unjudged(Law law, std::string why);
LawReport not_applicable(Law law, std::string why);

// Collects what one judge sees. The detail names the first difference and counts the others.
class Finding {
public:
    explicit Finding(Law law) : report_(blank_report(law)) {}

    void examined(std::uint64_t rows = 1) { report_.examined += rows; }
    void violated(std::string what, std::string_view order = {});
    std::uint64_t looked_at() const { return report_.examined; }
    // violated when anything was, else ok.
    LawReport finish() &&;

private:
    LawReport report_;
    std::uint64_t violations_ = 0;
};

LawReport judge_no_oversell(const Facts& facts);
LawReport judge_conservation(const Facts& facts);
LawReport judge_movements(const Facts& facts);
LawReport judge_limits(const Facts& facts);
LawReport judge_projection(const Facts& facts);
LawReport judge_no_loss(const Facts& facts);
LawReport judge_no_leak(const Facts& facts);
LawReport judge_money(const Facts& facts);
LawReport judge_room(const Facts& facts);
LawReport judge_promise(const Facts& facts);
LawReport judge_once(const Facts& facts);
LawReport judge_honest_refusal(const Facts& facts);

}  // namespace sluice::audit
