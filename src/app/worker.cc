#include "app/worker.h"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

constexpr Millis kSweepEvery{1'000};
constexpr Millis kCatalogueEvery{1'000};
// A gate that is shut is worth a look more often: nobody can buy until this process has seen it open.
constexpr Millis kShutCatalogueEvery{200};
// Gates are watched this often as long as that takes no more than a twentieth of the time; then less often.
constexpr Millis kWatchEvery{20};
constexpr int kWatchShare = 20;
constexpr Millis kWatchAtLeastEvery{1'000};
constexpr Millis kFollowEvery{1'000};
// Whether this process leads now is known without asking anybody, and a shut gate should not wait for it.
constexpr Millis kFollowGatesEvery{100};
constexpr Millis kReconcileEvery{30'000};
constexpr Millis kRetireEvery{60'000};
constexpr Millis kRelayEvery{500};

bool any_gate_shut(const Catalogue& catalogue) {
    return std::any_of(catalogue.sales.begin(), catalogue.sales.end(), [](const Sale& sale) {
        return sale.mode == SaleMode::kQueued && sale.gate_state != GateState::kOpen;
    });
}

}  // namespace

Worker::Worker(
    Ports ports, CatalogueLease& lease, const OrderSecrets& secrets, RetryTiers tiers, Executor executor
)
    : ports_(ports),
      lease_(lease),
      tasks_(executor),
      buyer_(ports, lease, secrets, tiers, executor),
      keep_lease_(ports, lease),
      defer_orders_(ports, tiers),
      expire_(ports, buyer_.defer),
      sweep_(ports, expire_, buyer_.pay, buyer_.defer),
      republish_(ports, lease),
      rebuild_(ports, lease, tasks_, [this] { lease_loop_.wake(); }),
      manage_(ports, buyer_.ids, [this] { catalogue_changed(); }),
      shops_(ports),
      reconcile_(ports, lease, manage_, rebuild_),
      retire_(ports, lease, manage_),
      relay_(ports.outbox, ports.cache, ports.meter, ports.log),
      desk_(ports, [this] { work_loop_.wake(); }),
      lease_loop_(tasks_, ports.clock, [this] { return lease_turn(); }),
      gates_loop_(tasks_, ports.clock, [this] { return gates_turn(); }),
      work_loop_(tasks_, ports.clock, [this] { return work_turn(); }) {
    for (std::uint16_t i = 0; i < ports.queue.partitions(); ++i) {
        settlers_.push_back(
            std::make_unique<SettleOrders>(ports, defer_orders_, buyer_.pay, Partition{i}, work_loop_.event())
        );
    }
    add_loops();
}

// A duty that another process does is looked at again a second later.
void Worker::add_loop(Duty duty, std::function<Task<Millis>()> turn) {
    auto if_leading = [this, duty, turn = std::move(turn)]() -> Task<Millis> {
        if (!ports_.leadership.leads(duty)) co_return kFollowEvery;
        co_return co_await turn();
    };
    loops_.push_back(std::make_unique<Periodic>(tasks_, ports_.clock, std::move(if_leading)));
}

// What a turn could not do, the next one finds again: the loops have nobody to report to but the log and the meter.
void Worker::add_loops() {
    add_loop(Duty::kSweep, [this]() -> Task<Millis> {
        auto expired = co_await expire_.sweep(turn_deadline());
        const bool more = expired.ok() && *expired >= kExpiryRowsMax / 2;
        co_return more ? Millis{0} : kSweepEvery;
    });
    add_loop(Duty::kSweep, [this]() -> Task<Millis> {
        (void)co_await sweep_.sweep_orders(turn_deadline());
        co_return kSweepEvery;
    });
    add_loop(Duty::kSweep, [this]() -> Task<Millis> {
        (void)co_await sweep_.sweep_payments(turn_deadline());
        co_return kSweepEvery;
    });
    add_loop(Duty::kSweep, [this]() -> Task<Millis> {
        co_await republish_.round(turn_deadline());
        co_return kSweepEvery;
    });
    add_loop(Duty::kReconcile, [this]() -> Task<Millis> {
        (void)co_await reconcile_.watch(turn_deadline());
        co_return kReconcileEvery;
    });
    add_loop(Duty::kReconcile, [this]() -> Task<Millis> {
        co_await retire_.round(turn_deadline());
        co_return kRetireEvery;
    });
    add_loop(Duty::kRelay, [this]() -> Task<Millis> {
        auto more = co_await relay_.round(turn_deadline());
        co_return more.ok() && *more ? Millis{0} : kRelayEvery;
    });
}

void Worker::start(Role role) {
    role_ = role;
    lease_loop_.start();
    if (role == Role::kApiOnly) return;
    gates_loop_.start();
    work_loop_.start();
    for (auto& loop : loops_) loop->start();
    for (auto& settler : settlers_) tasks_.spawn(settler->run());
}

Task<void> Worker::stop() {
    lease_loop_.stop();
    gates_loop_.stop();
    work_loop_.stop();
    rebuild_.stop();
    for (auto& loop : loops_) loop->stop();
    for (auto& settler : settlers_) settler->stop();
    co_await tasks_.join();
    co_await buyer_.tasks.join();
}

void Worker::catalogue_changed() { lease_loop_.wake(); }

// The gates are watched with every fresh catalogue, so a new sale opens as soon as the catalogue shows it.
Task<Millis> Worker::lease_turn() {
    auto renewed = co_await keep_lease_.renew();
    if (renewed.ok()) gates_loop_.wake();
    co_return std::min(keep_lease_.interval(), any_gate_shut(lease_.read()->catalogue) ? kShutCatalogueEvery : kCatalogueEvery);
}

Task<Millis> Worker::gates_turn() {
    if (!ports_.leadership.leads(Duty::kGates)) co_return kFollowGatesEvery;
    const Instant began = ports_.clock.now();
    co_await rebuild_.watch_once(turn_deadline());
    const auto took = std::chrono::duration_cast<Millis>(ports_.clock.now() - began);
    co_return std::clamp(took * kWatchShare, kWatchEvery, kWatchAtLeastEvery);
}

Task<Millis> Worker::work_turn() {
    if (!ports_.leadership.leads(Duty::kSweep)) co_return kFollowEvery;
    (void)co_await sweep_.sweep_work(turn_deadline());
    co_return kSweepEvery;
}

}  // namespace sluice
