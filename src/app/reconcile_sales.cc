#include "app/reconcile_sales.h"

#include <algorithm>
#include <cstdlib>
#include <unordered_set>
#include <utility>

#include "domain/changes.h"

namespace sluice {
namespace {

constexpr Millis kStillPause{50};

std::string figure(std::string_view name, Units gate, Units ledger) {
    return std::string(name) + " gate=" + std::to_string(gate) + " ledger=" + std::to_string(ledger);
}

std::string version_text(const GateSnapshot& gate, const SaleSnapshot& ledger) {
    return figure("version", static_cast<Units>(gate.version.value()), static_cast<Units>(ledger.version.value()));
}

// The first difference, or nothing. Held orders that have a row in `ledger.orders` lost their sync.
void judge(const GateSnapshot& gate, const SaleSnapshot& ledger, ReconcileFinding& finding) {
    if (gate.version > ledger.version) {
        finding.finding = "gate ahead of ledger: " + version_text(gate, ledger);
        finding.cause = "the ledger lost commits (failover, or writes that were not durable)";
        finding.drift = std::abs(gate.available - ledger.sale.available);
    } else if (gate.version < ledger.version) {
        finding.finding = "gate behind ledger: " + version_text(gate, ledger);
        finding.cause = "a sync was lost";
        finding.drift = std::abs(gate.available - ledger.sale.available);
    } else if (gate.available != ledger.sale.available) {
        finding.finding = figure("available at the same version", gate.available, ledger.sale.available);
        finding.cause = "the ledger's stock was changed by hand, or a gate key was";
        finding.drift = std::abs(gate.available - ledger.sale.available);
    } else if (!ledger.orders.empty()) {
        for (const OrderRow& row : ledger.orders) finding.drift += row.quantity;
        finding.finding = std::to_string(ledger.orders.size()) + " held orders have their row, first " +
                          ledger.orders.front().order.text();
        finding.cause = "a sync was lost and no copy of the message came by since";
    } else if (gate.revision < ledger.sale.revision) {
        finding.finding = "sale state gate=" + std::string(to_string(gate.state)) +
                          " ledger=" + std::string(to_string(ledger.sale.state));
        finding.cause = "set_state was lost";
    }
}

}  // namespace

Task<Result<ReconcileReport>> ReconcileSales::run(bool fix, Deadline deadline) {
    co_return co_await examine_all(fix ? Mode::kPerson : Mode::kReport, false, deadline);
}

Task<Result<ReconcileReport>> ReconcileSales::watch(Deadline deadline) {
    const bool deep = ++turns_ % kDeepEvery == 0;
    co_return co_await examine_all(Mode::kWatch, deep, deadline);
}

Task<ReconcileReport> ReconcileSales::examine_all(Mode mode, bool deep, Deadline deadline) {
    ReconcileReport report;
    const std::vector<Sale> sales = lease_.read().catalogue.sales;
    for (const Sale& sale : sales) {
        if (sale.mode != SaleMode::kQueued || sale.gate_state != GateState::kOpen) continue;
        auto comparison = co_await compare_until_still(sale.id, deadline);
        if (comparison.examined == Examined::kSkipped) {
            ++report.sales_skipped;
            continue;
        }
        ++report.sales_examined;
        if (comparison.examined == Examined::kDiffers) {
            ports_.meter.count(Count::kReconcileFindings, 1);
            if (mode != Mode::kReport && comparison.gate_ahead) {
                co_await call_person(comparison, mode, deadline);
            } else if (mode != Mode::kReport) {
                co_await repair(comparison, deadline);
            }
            report.findings.push_back(std::move(comparison.finding));
        } else if (deep) {
            (void)co_await sync_everything(sale.id, comparison.epoch, deadline);
        }
    }
    co_return report;
}

Task<ReconcileSales::Comparison> ReconcileSales::compare_until_still(SaleId sale, Deadline deadline) {
    Comparison comparison;
    for (int look = 0; look < kStillTries; ++look) {
        comparison = co_await compare(sale, deadline);
        if (comparison.examined != Examined::kDiffers) break;
        Event nobody;
        co_await ports_.clock.sleep_until(ports_.clock.now() + kStillPause, nobody);
    }
    co_return comparison;
}

// Gate first, ledger second: orders in motion make the gate look older, never newer.
Task<ReconcileSales::Comparison> ReconcileSales::compare(SaleId sale, Deadline deadline) {
    Comparison comparison;
    auto gate = co_await ports_.gate.snapshot(sale, deadline);
    if (!gate.ok() || gate->answer != GateAnswer::kOk) co_return comparison;
    SnapshotQuery query;
    query.sale = sale;
    const WallTime now = ports_.clock.wall();
    for (const HeldOrder& held : gate->held_orders) {
        if (now - held.order.accepted_at >= kHeldLongAge) query.orders.push_back(held.order.order);
    }
    auto ledger = co_await ports_.ledger.snapshot(std::move(query), deadline);
    if (!ledger.ok() || ledger->sale.epoch != gate->epoch) co_return comparison;
    comparison.epoch = gate->epoch;
    comparison.finding.sale = sale;
    judge(*gate, *ledger, comparison.finding);
    comparison.gate_ahead = gate->version > ledger->version;
    comparison.gate_state = gate->state;
    comparison.gate_revision = gate->revision;
    comparison.examined = comparison.finding.finding.empty() ? Examined::kSame : Examined::kDiffers;
    comparison.ledger = std::move(*ledger);
    co_return comparison;
}

Task<void> ReconcileSales::repair(Comparison& comparison, Deadline deadline) {
    ReconcileFinding& finding = comparison.finding;
    const SaleSnapshot& ledger = comparison.ledger;
    auto synced = co_await ports_.gate.sync(truth_of(ledger), deadline);
    auto all = co_await sync_everything(finding.sale, comparison.epoch, deadline);
    (void)co_await ports_.gate.set_state(
        finding.sale, comparison.epoch, ledger.sale.revision, ledger.sale.state, deadline
    );
    auto again = co_await compare(finding.sale, deadline);
    const bool healed = synced.ok() && all.ok() && again.examined == Examined::kSame;
    finding.repair = healed ? "synced from the ledger" : "rebuilding the gate";
    if (!healed) rebuild_.demand(finding.sale);
    ports_.meter.count(Count::kReconcileRepairs, 1);
    ports_.log.warn(
        "reconcile", finding.finding, {{"sale", std::to_string(finding.sale.value())}, {"repair", finding.repair}}
    );
    (void)co_await ports_.ledger.record_finding(finding.sale, finding.finding, finding.cause, finding.repair, deadline);
}

// True if the ledger's row moved now; if that failed, the next look finds the sale open still.
Task<bool> ReconcileSales::pause(const Comparison& comparison, Deadline deadline) {
    const SaleId sale = comparison.finding.sale;
    Revision revision = comparison.ledger.sale.revision;
    bool paused = false;
    if (comparison.ledger.sale.state == SaleState::kOpen) {
        Actor self{"reconcile", comparison.finding.finding};
        auto row = co_await manage_.set_state(sale, SaleState::kPaused, std::move(self), deadline);
        paused = row.ok();
        if (paused) revision = row->revision;
    }
    // The gate must not hear the operator again before it is rebuilt, so it is put past the ledger's revision. If the lost
    // commits were the operator's too it is past it already, and would sell on.
    const bool deaf = comparison.gate_state != SaleState::kOpen && comparison.gate_revision > revision;
    if (deaf) co_return paused;
    const bool closed = comparison.ledger.sale.state == SaleState::kClosed;
    (void)co_await ports_.gate.set_state(
        sale, comparison.epoch, next(std::max(comparison.gate_revision, revision)),
        closed ? SaleState::kClosed : SaleState::kPaused, deadline
    );
    co_return paused;
}

// The finding stands until somebody acts, so it is logged and recorded once for each epoch, and again whenever the sale
// has to be paused again. It is counted at every look: an alert stays on.
Task<void> ReconcileSales::call_person(Comparison& comparison, Mode mode, Deadline deadline) {
    ReconcileFinding& finding = comparison.finding;
    const bool paused_now = co_await pause(comparison, deadline);
    if (mode == Mode::kPerson) {
        rebuild_.demand(finding.sale);
        ports_.meter.count(Count::kReconcileRepairs, 1);
        called_.erase(finding.sale);
        finding.repair = "rebuilding the gate from the ledger by a person's word; resume the sale when it is open";
    } else {
        finding.repair = "sale paused: find the lost commits, then reconcile --fix and resume";
        const auto called = called_.find(finding.sale);
        if (!paused_now && called != called_.end() && called->second == comparison.epoch) co_return;
    }
    ports_.log.error(
        "reconcile", finding.finding, {{"sale", std::to_string(finding.sale.value())}, {"repair", finding.repair}}
    );
    auto recorded =
        co_await ports_.ledger.record_finding(finding.sale, finding.finding, finding.cause, finding.repair, deadline);
    if (recorded.ok() && mode != Mode::kPerson) called_.insert_or_assign(finding.sale, comparison.epoch);
}

Task<Result<Done>> ReconcileSales::sync_everything(SaleId sale, Epoch epoch, Deadline deadline) {
    auto image = co_await ports_.ledger.gate_image(sale, epoch, deadline);
    if (!image.ok()) co_return image.error();
    LedgerTruth truth;
    truth.sale = sale;
    truth.epoch = image->epoch;
    truth.version = image->version;
    truth.available = image->available;
    truth.bought = std::move(image->bought);
    for (const KnownOrder& order : image->finished) truth.finished.push_back({order.order, order.letter});
    auto synced = co_await ports_.gate.sync(std::move(truth), deadline);
    if (!synced.ok()) co_return synced.error();
    co_return Done{};
}

}  // namespace sluice
