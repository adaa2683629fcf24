#include "sim/simulation.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "adapters/sqlite/evidence.h"
#include "support/start_task.h"

namespace sluice::sim {
namespace {

constexpr char kPath[] = "store.db";
constexpr Millis kPaymentWindow{4'000};
constexpr int kDrainRounds = 4'000;
constexpr std::uint64_t kHandlersMax = 20'000'000;  // a run that needs more hangs

}  // namespace

Simulation::Simulation(SimOptions options) : options_(std::move(options)), prng_(options_.seed), disk_(options_.seed) {}

template <class T>
T Simulation::wait_for(Task<T> task) {
    const auto value = start_task(process_->context(), std::move(task));
    for (std::uint64_t i = 0; i < kHandlersMax && !value->has_value(); ++i) let_run(1);
    SLUICE_CHECK(value->has_value());
    return std::move(**value);
}

void Simulation::boot() {
    StoreOptions disk;
    disk.path = kPath;
    disk.vfs = disk_.vfs();
    disk.synchronous = options_.synchronous;
    process_ = std::make_unique<SimProcess>(clock_, std::move(disk), options_.seed * 1'000 + ++lives_, options_.broken);
    process_->start();
}

void Simulation::kill() {
    faults_ += process_->faults().failures();
    process_.reset();
    disk_.crash(prng_);
    clients_->process_died();
    ++kills_;
    boot();
}

void Simulation::create_sales() {
    const Deadline deadline = Deadline::never();
    Shop shop;
    shop.name = "Shop";
    auto shop_id = wait_for(process_->sales().create_shop(std::move(shop), deadline));
    SLUICE_CHECK(shop_id.ok());
    Goods goods;
    goods.shop = *shop_id;
    goods.title = "Goods";
    auto goods_id = wait_for(process_->sales().create_goods(std::move(goods), deadline));
    SLUICE_CHECK(goods_id.ok());
    for (int i = 0; i < 3; ++i) {
        NewSale sale;
        sale.goods = *goods_id;
        sale.mode = i == 2 ? SaleMode::kDirect : SaleMode::kQueued;
        sale.units = static_cast<Units>(3 + prng_.below(20));
        sale.limit_per_buyer = 3;
        sale.opens_at = clock_.wall() - Millis{1'000};
        sale.closes_at = clock_.wall() + std::chrono::hours{1};
        sale.terms.price = Cents{kPrice};
        sale.terms.payment_window = kPaymentWindow;
        sale.late_payment = prng_.one_in(2) ? LatePayment::kReacquire : LatePayment::kRefund;
        Actor actor{"operator", "simulation"};
        auto created = wait_for(process_->worker().manage().create(std::move(sale), actor, deadline));
        SLUICE_CHECK(created.ok());
        auto opened = wait_for(process_->worker().manage().set_state(created->id, SaleState::kOpen, actor, deadline));
        SLUICE_CHECK(opened.ok());
        sales_.push_back(created->id);
    }
}

void Simulation::let_run(std::uint64_t handlers) {
    for (std::uint64_t i = 0; i < handlers; ++i) {
        if (!process_->step()) SLUICE_CHECK(clock_.advance_to_next());
    }
}

SimReport Simulation::run() {
    boot();
    create_sales();
    clients_ = std::make_unique<ShopClients>(options_.seed, sales_);
    for (int action = 0; action < options_.actions; ++action) {
        if (options_.fault_odds > 0) process_->faults().fail_randomly(prng_, options_.fault_odds);
        process_->faults().delay_randomly(prng_, process_->clock(), options_.latency_max);
        process_->faults().set_error(prng_.one_in(2) ? Code::kTransient : Code::kUnavailable);
        clients_->act(*process_);
        let_run(prng_.below(120));
        const auto odds = static_cast<std::uint64_t>(options_.actions / (options_.kills + 1) + 1);
        if (options_.kills > 0 && prng_.one_in(odds)) kill();
    }
    process_->faults().heal();
    return judge(drain());
}

bool Simulation::quiet() {
    if (!clients_->idle()) return false;
    const Deadline deadline = Deadline::never();
    DeadLetterFilter parked;
    parked.state = DeferredState::kParked;
    auto rows = wait_for(process_->orders().list_dead_letters(parked, deadline));
    if (!rows.ok() || !rows->orders.empty() || !rows->work.empty()) return false;
    DeadLetterFilter buried;
    buried.state = DeferredState::kBuried;
    auto dead = wait_for(process_->orders().list_dead_letters(buried, deadline));
    auto facts = wait_for(process_->gate().facts());
    if (!dead.ok() || facts.size() < 2 || process_->worker().rebuild().running() > 0) return false;
    std::size_t held = 0;
    for (const auto& gate : facts) held += gate.held_orders.size();
    if (held != dead->orders.size()) return false;
    if (!std::all_of(facts.begin(), facts.end(), [this](const auto& gate) { return caught_up(gate); })) return false;
    // Last, because what is buried comes by again now and then while the rest is looked at.
    auto depths = wait_for(process_->queue().depths(deadline));
    return depths.ok() && std::all_of(depths->begin(), depths->end(), [](const QueueDepth& depth) {
        return depth.ready + depth.delayed == 0;
    });
}

// A sync that was lost is made good by the next order or by reconciliation, half a minute later.
bool Simulation::caught_up(const audit::GateFacts& gate) {
    SnapshotQuery query;
    query.sale = SaleId{gate.sale};
    auto now = wait_for(process_->ports().ledger.snapshot(std::move(query), Deadline::never()));
    return now.ok() && gate.version == now->version.value();
}

bool Simulation::drain() {
    for (int round = 0; round < kDrainRounds; ++round) {
        let_run(400);
        if (quiet()) return true;
    }
    return false;
}

SimReport Simulation::judge(bool drained) {
    auto gates = wait_for(process_->gate().facts());
    SqliteEvidence stores(kPath, disk_.vfs());
    audit::AuditInput input{stores, std::move(gates), false, clients_->journal()};
    SimReport report;
    report.audit = audit::run_audit(std::move(input));
    report.answers = clients_->journal().size();
    report.accepted = clients_->accepted();
    report.kills = kills_;
    report.faults = faults_ + process_->faults().failures();
    report.drained = drained;
    for (const audit::JournalLine& line : clients_->journal()) {
        report.fingerprint = report.fingerprint * 1'099'511'628'211ULL ^ std::hash<std::string>{}(to_json_line(line));
    }
    if (!drained) report.trouble = "did not drain";
    for (const audit::LawReport& law : report.audit.laws) {
        if (law.verdict == audit::Verdict::kOk || !report.trouble.empty()) continue;
        report.trouble = law.law + " " + std::string(to_string(law.verdict)) + ": " + law.detail;
        for (const std::string& order : law.orders) report.trouble += " " + order;
    }
    return report;
}

}  // namespace sluice::sim
