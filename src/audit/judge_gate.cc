// L5, L7 and L9: the gate against the ledger. Gates are read before the stores, so the ledger is
// never the older side; a gate at an older version than its ledger is in motion, and only what
// holds in motion too is judged of it.

#include <algorithm>
#include <unordered_set>

#include "audit/judges.h"

namespace sluice::audit {

namespace {

std::string of_sale(std::uint32_t sale) { return "sale " + std::to_string(sale) + ": "; }

// The report to give when there is nothing to judge, or nullopt.
std::optional<LawReport> without_gates(Law law, const Facts& facts) {
    if (facts.gates_failed) return unjudged(law, "a gate did not answer");
    if (!facts.gates) return not_applicable(law, "no gate is loaded");
    return std::nullopt;
}

std::int64_t held_units(const GateFacts& gate) {
    std::int64_t units = 0;
    for (const GateFacts::Held& held : gate.held_orders) units += held.quantity;
    return units;
}

void judge_one_projection(const GateFacts& gate, const SaleFacts* sale, Finding& finding) {
    const std::int64_t sum = held_units(gate);
    if (gate.held != sum) {
        finding.violated(
            of_sale(gate.sale) + "held is " + std::to_string(gate.held) +
            ", its orders add up to " + std::to_string(sum)
        );
    }
    if (sale == nullptr || gate.epoch > sale->epoch) {
        finding.violated(
            of_sale(gate.sale) + "the gate is of an epoch that the ledger does not know"
        );
    } else if (gate.epoch == sale->epoch && gate.version > sale->version) {
        finding.violated(
            of_sale(gate.sale) + "the gate is at version " + std::to_string(gate.version) +
            ", the ledger at " + std::to_string(sale->version)
        );
    } else if (gate.epoch == sale->epoch && gate.version == sale->version && gate.available != sale->available) {
        finding.violated(
            of_sale(gate.sale) + "at version " + std::to_string(gate.version) + " the gate says " +
            std::to_string(gate.available) + " available, the ledger " +
            std::to_string(sale->available)
        );
    }
}

// Only a gate that shows the very version of the ledger can be compared unit by unit.
bool is_at_rest(const GateFacts& gate, const SaleFacts* sale) {
    return sale != nullptr && gate.epoch == sale->epoch && gate.version == sale->version;
}

// An order that was accepted a moment ago may be on its way from the gate to the queue, so nothing has leaked yet.
bool has_order_on_its_way(const GateFacts& gate, const Facts& facts) {
    return std::any_of(gate.held_orders.begin(), gate.held_orders.end(), [&](const auto& held) {
        return held.fresh && !facts.is_deferred(held.order);
    });
}

std::string in_motion(std::uint64_t gates) {
    return std::to_string(gates) + " gates in motion were not compared";
}

// The quantity of every deferred order of this sale is held, and nothing else is.
void judge_one_leak(const GateFacts& gate, const Facts& facts, Finding& finding) {
    std::unordered_set<std::string_view> held;
    for (const GateFacts::Held& order : gate.held_orders) {
        held.insert(order.order);
        if (!facts.is_deferred(order.order)) {
            finding.violated(
                of_sale(gate.sale) + "order " + order.order + " is held but not deferred",
                order.order
            );
        }
    }
    for (const QueuedFacts& order : *facts.deferred) {
        if (order.sale == gate.sale && !held.contains(order.order)) {
            finding.violated(
                of_sale(gate.sale) + "order " + order.order + " is deferred but not held",
                order.order
            );
        }
    }
}

void judge_one_room(
    const GateFacts& gate, const SaleFacts& sale, const Facts& facts, Finding& finding
) {
    const std::int64_t sellable = std::max<std::int64_t>(0, gate.available - gate.held);
    std::int64_t claimed = 0;
    for (const GateFacts::Held& held : gate.held_orders) {
        if (facts.find_order(held.order) == nullptr) claimed += held.quantity;
    }
    if (sellable + claimed <= sale.available) return;
    finding.violated(
        of_sale(gate.sale) + std::to_string(sellable) + " sellable + " + std::to_string(claimed) +
        " held without a row, but the ledger has " + std::to_string(sale.available)
    );
}

// Judges the serving gates that are at rest; when all are in motion there is nothing to say.
template <class AtRest, class JudgeOne>
LawReport judge_at_rest(Law law, const Facts& facts, AtRest at_rest, JudgeOne judge_one) {
    Finding finding(law);
    std::uint64_t moving = 0;
    for (const GateFacts& gate : *facts.gates) {
        if (!gate.serving) continue;
        const SaleFacts* sale = facts.find_sale(gate.sale);
        if (!at_rest(gate, sale)) {
            ++moving;
            continue;
        }
        finding.examined();
        judge_one(gate, *sale, finding);
    }
    if (finding.looked_at() == 0)
        return not_applicable(law, moving == 0 ? "no gate is serving" : in_motion(moving));
    LawReport report = std::move(finding).finish();
    if (moving > 0 && report.detail.empty()) report.detail = in_motion(moving);
    return report;
}

}  // namespace

LawReport judge_projection(const Facts& facts) {
    if (auto early = without_gates(Law::kProjection, facts)) return *early;
    if (!facts.sales) return unjudged(Law::kProjection, facts.read_error);
    Finding finding(Law::kProjection);
    for (const GateFacts& gate : *facts.gates) {
        if (!gate.serving) continue;
        finding.examined();
        judge_one_projection(gate, facts.find_sale(gate.sale), finding);
    }
    if (finding.looked_at() == 0) return not_applicable(Law::kProjection, "no gate is serving");
    return std::move(finding).finish();
}

LawReport judge_no_leak(const Facts& facts) {
    if (auto early = without_gates(Law::kNoLeak, facts)) return *early;
    if (!facts.sales || !facts.queued || !facts.deferred)
        return unjudged(Law::kNoLeak, facts.read_error);
    if (!facts.queued->empty()) {
        return not_applicable(
            Law::kNoLeak,
            "not quiescent: " + std::to_string(facts.queued->size()) + " orders are in the queue"
        );
    }
    if (facts.unread_queue && facts.unread_queue->failed) {
        return unjudged(Law::kNoLeak, "the messages of the queue could not be counted");
    }
    if (facts.unread_queue && facts.unread_queue->messages > 0) {
        return not_applicable(
            Law::kNoLeak, "not quiescent: " + std::to_string(facts.unread_queue->messages) +
                              " messages are in the queue"
        );
    }
    return judge_at_rest(
        Law::kNoLeak, facts,
        [&facts](const GateFacts& gate, const SaleFacts* sale) {
            return is_at_rest(gate, sale) && !has_order_on_its_way(gate, facts);
        },
        [&facts](const GateFacts& gate, const SaleFacts&, Finding& finding) {
            judge_one_leak(gate, facts, finding);
        }
    );
}

LawReport judge_room(const Facts& facts) {
    if (auto early = without_gates(Law::kRoom, facts)) return *early;
    if (!facts.sales || !facts.orders) return unjudged(Law::kRoom, facts.read_error);
    return judge_at_rest(
        Law::kRoom, facts, is_at_rest,
        [&facts](const GateFacts& gate, const SaleFacts& sale, Finding& finding) {
            judge_one_room(gate, sale, facts, finding);
        }
    );
}

}  // namespace sluice::audit
