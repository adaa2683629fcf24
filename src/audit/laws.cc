#include "audit/laws.h"

#include <utility>

#include "audit/judges.h"

namespace sluice::audit {

namespace {

// In the order of Law.
constexpr std::array<std::string_view, kLawCount> kStatements{
    "no oversell: available >= 0 and active units <= total",
    "conservation: available + active units = total",
    "movements: versions 1..v without a gap, every step adds up, the last one equals the row",
    "limits: each buyer's total = units of its active orders <= limit",
    "projection: gate version <= ledger version, equal versions show equal stock, held = sum of "
    "held orders",
    "no loss: every accepted order is in the ledger, in the queue or deferred",
    "no leak: when the queue is empty the gate holds the deferred orders and nothing else",
    "money: a paid order has exactly one applied payment, an applied payment exactly one paid "
    "order",
    "room: sellable + held orders without a ledger row <= available of the ledger",
    "promise: an accepted order is never rejected, except discarded by a person",
    "once: one order id settles once",
    "honest refusal: a definite refusal stays true until the client asks again",
};

}  // namespace

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::kOk:
            return "ok";
        case Verdict::kViolated:
            return "violated";
        case Verdict::kUnjudged:
            return "unjudged";
        case Verdict::kNotApplicable:
            return "not_applicable";
    }
    return "unjudged";
}

int AuditReport::exit_code() const {
    bool any_unjudged = false;
    for (const LawReport& law : laws) {
        if (law.verdict == Verdict::kViolated) return 4;
        any_unjudged = any_unjudged || law.verdict == Verdict::kUnjudged;
    }
    return any_unjudged ? 3 : 0;
}

LawReport blank_report(Law law) {
    const auto index = static_cast<std::size_t>(law);
    LawReport report;
    report.law = "L" + std::to_string(index + 1);
    report.statement = kStatements[index];
    return report;
}

LawReport unjudged(Law law, std::string why) {
    LawReport report = blank_report(law);
    report.detail = std::move(why);
    return report;
}

LawReport not_applicable(Law law, std::string why) {
    LawReport report = unjudged(law, std::move(why));
    report.verdict = Verdict::kNotApplicable;
    return report;
}

void Finding::violated(std::string what, std::string_view order) {
    if (violations_ == 0) report_.detail = std::move(what);
    ++violations_;
    if (!order.empty() && report_.orders.size() < kOrdersNamedMax)
        report_.orders.emplace_back(order);
}

LawReport Finding::finish() && {
    report_.verdict = violations_ == 0 ? Verdict::kOk : Verdict::kViolated;
    if (violations_ > 1) report_.detail += " (and " + std::to_string(violations_ - 1) + " more)";
    return std::move(report_);
}

}  // namespace sluice::audit
