// L8 and L11: orders and their payments.

#include <unordered_map>
#include <unordered_set>

#include "audit/judges.h"

namespace sluice::audit {

namespace {

const std::string& target_of(const PaymentFacts& payment) {
    return payment.replacement.empty() ? payment.order : payment.replacement;
}

using AppliedCounts = std::unordered_map<std::string_view, std::uint64_t>;

// Every applied payment belongs to a paid order that costs money. Returns how many each order has.
AppliedCounts judge_payments(const Facts& facts, Finding& finding) {
    AppliedCounts applied;
    std::unordered_set<std::string_view> ids;
    for (const PaymentFacts& payment : *facts.payments) {
        finding.examined();
        if (!ids.insert(payment.payment).second)
            finding.violated("payment " + payment.payment + " is stored twice");
        if (payment.state != "applied") continue;
        const std::string& target = target_of(payment);
        ++applied[target];
        const OrderFacts* order = facts.find_order(target);
        if (order != nullptr && order->state == "paid" && order->price > 0) continue;
        const std::string what = order == nullptr ? "has no row" : "is " + order->state;
        finding.violated(
            "payment " + payment.payment + " is applied to order " + target + ", which " + what,
            target
        );
    }
    return applied;
}

void judge_paid_order(const OrderFacts& order, const AppliedCounts& applied, Finding& finding) {
    finding.examined();
    const auto found = applied.find(order.order);
    const std::uint64_t payments = found == applied.end() ? 0 : found->second;
    if (payments == 1) return;
    finding.violated(
        "order " + order.order + " is paid by " + std::to_string(payments) + " payments",
        order.order
    );
}

}  // namespace

LawReport judge_money(const Facts& facts) {
    if (!facts.orders || !facts.payments) return unjudged(Law::kMoney, facts.read_error);
    Finding finding(Law::kMoney);
    const AppliedCounts applied = judge_payments(facts, finding);
    bool any_priced = false;
    for (const OrderFacts& order : *facts.orders) {
        any_priced = any_priced || order.price > 0;
        if (order.price > 0 && order.state == "paid") judge_paid_order(order, applied, finding);
    }
    if (!any_priced && facts.payments->empty())
        return not_applicable(Law::kMoney, "nothing was sold for money");
    return std::move(finding).finish();
}

LawReport judge_once(const Facts& facts) {
    if (!facts.orders || !facts.deferred) return unjudged(Law::kOnce, facts.read_error);
    Finding finding(Law::kOnce);
    std::unordered_set<std::string_view> ids;
    ids.reserve(facts.orders->size());
    for (const OrderFacts& order : *facts.orders) {
        finding.examined();
        if (!ids.insert(order.order).second) {
            finding.violated("order " + order.order + " has two rows", order.order);
        }
    }
    std::unordered_set<std::string_view> deferred;
    for (const QueuedFacts& order : *facts.deferred) {
        finding.examined();
        if (ids.contains(order.order)) {
            finding.violated(
                "order " + order.order + " is settled and still deferred", order.order
            );
        }
        if (!deferred.insert(order.order).second) {
            finding.violated("order " + order.order + " is deferred twice", order.order);
        }
    }
    return std::move(finding).finish();
}

}  // namespace sluice::audit
