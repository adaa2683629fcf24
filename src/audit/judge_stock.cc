// L1 to L4: what the ledger alone must show.

#include <map>

#include "audit/judges.h"

namespace sluice::audit {

namespace {

std::string of_sale(std::uint32_t sale) { return "sale " + std::to_string(sale) + ": "; }

// Walks one sale's movements in version order. Later versions than the sale's row are newer than
// this audit.
class MovementWalk {
public:
    MovementWalk(const SaleFacts& sale, Finding& finding) : sale_(sale), finding_(finding) {}

    void step(const MovementFacts& movement) {
        if (movement.version > sale_.version) return;
        finding_.examined();
        if (movement.version != last_version_ + 1) {
            report(
                "version " + std::to_string(movement.version) + " follows " +
                std::to_string(last_version_)
            );
        }
        if (movement.available_after != last_available_ + movement.units) {
            report(
                "version " + std::to_string(movement.version) + " leaves " +
                std::to_string(movement.available_after) + ", expected " +
                std::to_string(last_available_ + movement.units)
            );
        }
        last_version_ = movement.version;
        last_available_ = movement.available_after;
    }

    void end() {
        if (last_version_ != sale_.version) {
            report(
                "the last movement is version " + std::to_string(last_version_) +
                ", the row is at " + std::to_string(sale_.version)
            );
        } else if (last_available_ != sale_.available) {
            report(
                "the last movement leaves " + std::to_string(last_available_) + ", the row says " +
                std::to_string(sale_.available)
            );
        }
    }

private:
    void report(const std::string& what) { finding_.violated(of_sale(sale_.sale) + what); }

    const SaleFacts& sale_;
    Finding& finding_;
    std::uint64_t last_version_ = 0;
    std::int64_t last_available_ = 0;
};

}  // namespace

LawReport judge_no_oversell(const Facts& facts) {
    if (!facts.sales) return unjudged(Law::kNoOversell, facts.read_error);
    Finding finding(Law::kNoOversell);
    for (const SaleFacts& sale : *facts.sales) {
        finding.examined();
        if (sale.available < 0) {
            finding.violated(
                of_sale(sale.sale) + std::to_string(sale.available) + " units available"
            );
        }
        if (sale.active_units > sale.total) {
            finding.violated(
                of_sale(sale.sale) + std::to_string(sale.active_units) + " units sold of " +
                std::to_string(sale.total)
            );
        }
    }
    return std::move(finding).finish();
}

LawReport judge_conservation(const Facts& facts) {
    if (!facts.sales) return unjudged(Law::kConservation, facts.read_error);
    Finding finding(Law::kConservation);
    for (const SaleFacts& sale : *facts.sales) {
        finding.examined();
        if (sale.available + sale.active_units == sale.total) continue;
        finding.violated(
            of_sale(sale.sale) + std::to_string(sale.available) + " available + " +
            std::to_string(sale.active_units) + " active, but the total is " +
            std::to_string(sale.total)
        );
    }
    return std::move(finding).finish();
}

LawReport judge_movements(const Facts& facts) {
    if (!facts.sales || !facts.movements) return unjudged(Law::kMovements, facts.read_error);
    Finding finding(Law::kMovements);
    std::map<std::uint32_t, MovementWalk> walks;
    for (const SaleFacts& sale : *facts.sales) walks.try_emplace(sale.sale, sale, finding);
    for (const MovementFacts& movement : *facts.movements) {
        const auto walk = walks.find(movement.sale);
        if (walk != walks.end()) walk->second.step(movement);
    }
    for (auto& [sale, walk] : walks) walk.end();
    return std::move(finding).finish();
}

LawReport judge_limits(const Facts& facts) {
    if (!facts.sales || !facts.buyers) return unjudged(Law::kLimits, facts.read_error);
    Finding finding(Law::kLimits);
    for (const BuyerFacts& buyer : *facts.buyers) {
        const SaleFacts* sale = facts.find_sale(buyer.sale);
        if (sale == nullptr) continue;  // created after the sales were read
        finding.examined();
        const std::string who = of_sale(buyer.sale) + "buyer " + buyer.buyer;
        if (buyer.totals_row != buyer.active_units) {
            finding.violated(
                who + " has a total of " + std::to_string(buyer.totals_row) +
                " but active orders of " + std::to_string(buyer.active_units)
            );
        } else if (buyer.active_units > sale->limit_per_buyer) {
            finding.violated(
                who + " has " + std::to_string(buyer.active_units) + " units, the limit is " +
                std::to_string(sale->limit_per_buyer)
            );
        }
    }
    return std::move(finding).finish();
}

}  // namespace sluice::audit
