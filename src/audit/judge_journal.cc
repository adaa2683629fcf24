// L6, L10 and L12: what clients were told against what became of it.

#include <array>
#include <unordered_map>
#include <utility>

#include "audit/judges.h"

namespace sluice::audit {

namespace {

constexpr std::string_view kNoJournal = "no journal was given";

// 202 and 201 promise the order; 200 with an order repeats that promise.
bool is_promise(const JournalLine& line) {
    return !line.order.empty() && (line.status == 202 || line.status == 201 || line.status == 200);
}

constexpr std::array<std::string_view, 5> kRefusals{
    "sold_out", "limit_reached", "not_open", "ended", "paused"};

bool is_definite_refusal(const JournalLine& line) {
    if (line.status != 409) return false;
    for (const std::string_view code : kRefusals) {
        if (line.code == code) return true;
    }
    return false;
}

// The last answer to each request, i.e. to each (buyer, sale, key). Without a key every answer is a
// request of its own.
std::vector<const JournalLine*> last_answers(const std::vector<JournalLine>& journal) {
    std::unordered_map<std::string, std::size_t> position;
    std::vector<const JournalLine*> last;
    for (const JournalLine& line : journal) {
        std::string request = std::to_string(line.sale) + '\n' + line.buyer + '\n';
        request += line.key.empty() ? "\norder " + line.order : line.key;
        const auto [found, added] = position.try_emplace(std::move(request), last.size());
        if (added) {
            last.push_back(&line);
        } else {
            last[found->second] = &line;
        }
    }
    return last;
}

// Where an order that was refused stands all the same; "" when nowhere. A rejected row agrees with
// the refusal.
std::string place_of(const Facts& facts, const std::string& order) {
    const OrderFacts* row = facts.find_order(order);
    if (row != nullptr && row->state != "rejected") return row->state;
    if (facts.is_queued(order)) return "in the queue";
    if (facts.is_deferred(order)) return "deferred";
    if (facts.unread_queue && facts.is_held(order)) return "held by the gate";
    return {};
}

}  // namespace

LawReport judge_no_loss(const Facts& facts) {
    if (!facts.journal) return not_applicable(Law::kNoLoss, std::string(kNoJournal));
    if (!facts.orders || !facts.queued || !facts.deferred)
        return unjudged(Law::kNoLoss, facts.read_error);
    Finding finding(Law::kNoLoss);
    std::uint64_t unseen = 0;
    for (const JournalLine& line : *facts.journal) {
        if (!is_promise(line)) continue;
        finding.examined();
        const bool known = facts.find_order(line.order) != nullptr || facts.is_queued(line.order) ||
                           facts.is_deferred(line.order) ||
                           (facts.unread_queue && facts.is_held(line.order));
        if (known) continue;
        if (facts.may_be_in_unread_queue(line.sale)) {
            ++unseen;
            continue;
        }
        finding.violated(
            "order " + line.order + " was answered " + std::to_string(line.status) +
                " and is nowhere",
            line.order
        );
    }
    LawReport report = std::move(finding).finish();
    if (unseen > 0 && report.verdict == Verdict::kOk) {
        return unjudged(
            Law::kNoLoss, std::to_string(unseen) + " orders may still be in the broker, which cannot be read: drain first"
        );
    }
    return report;
}

LawReport judge_promise(const Facts& facts) {
    if (!facts.journal) return not_applicable(Law::kPromise, std::string(kNoJournal));
    if (!facts.orders) return unjudged(Law::kPromise, facts.read_error);
    Finding finding(Law::kPromise);
    for (const JournalLine& line : *facts.journal) {
        if (!is_promise(line)) continue;
        finding.examined();
        const OrderFacts* row = facts.find_order(line.order);
        if (row == nullptr || row->state != "rejected" || row->reason == "discarded") continue;
        finding.violated(
            "order " + line.order + " was answered " + std::to_string(line.status) +
                " and then rejected: " + row->reason,
            line.order
        );
    }
    return std::move(finding).finish();
}

LawReport judge_honest_refusal(const Facts& facts) {
    if (!facts.journal) return not_applicable(Law::kHonestRefusal, std::string(kNoJournal));
    if (!facts.orders || !facts.queued || !facts.deferred)
        return unjudged(Law::kHonestRefusal, facts.read_error);
    Finding finding(Law::kHonestRefusal);
    std::uint64_t nameless = 0;
    for (const JournalLine* line : last_answers(*facts.journal)) {
        if (!is_definite_refusal(*line)) continue;
        if (line->order.empty()) {
            ++nameless;
            continue;
        }
        finding.examined();
        const std::string place = place_of(facts, line->order);
        if (place.empty()) continue;
        finding.violated(
            "order " + line->order + " was refused as " + line->code + " and is " + place,
            line->order
        );
    }
    if (finding.looked_at() == 0 && nameless > 0) {
        return unjudged(
            Law::kHonestRefusal, "none of " + std::to_string(nameless) + " refusals names its order"
        );
    }
    return std::move(finding).finish();
}

}  // namespace sluice::audit
