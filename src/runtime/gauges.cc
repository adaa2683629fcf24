#include "runtime/gauges.h"

#include <algorithm>
#include <utility>

namespace sluice {

Gauges::Gauges(GaugePorts ports, const CatalogueLease& lease, MetricsRegistry& metrics)
    : ports_(ports), lease_(lease), metrics_(metrics) {
    show("sluice_stock_units", "Units of open sales by state.", &Shown::stock);
    show("sluice_gate_state", "1 while the gate of the sale is open, 0 while it recovers.", &Shown::gate_state);
    show("sluice_queue_messages", "Messages of a partition by state.", &Shown::queue_messages);
    show("sluice_queue_oldest_age_seconds", "Age of the first message of a partition.", &Shown::queue_age);
    show("sluice_queue_consumers", "Workers at a partition; 0: nobody settles its orders.", &Shown::consumers);
    show("sluice_dead_letters", "Orders and work that wait for a retry or a person.", &Shown::dead_letters);
}

void Gauges::show(std::string name, std::string help, Samples Shown::*figures) {
    auto collect = [this, figures] {
        const std::lock_guard lock(mutex_);
        return shown_.*figures;
    };
    handles_.push_back(metrics_.add_gauge(std::move(name), std::move(help), std::move(collect)));
}

bool Gauges::queue_up() const {
    const std::lock_guard lock(mutex_);
    return shown_.queue_up;
}

Task<Millis> Gauges::refresh() {
    Shown shown;
    const std::vector<Sale> sales = lease_.read().catalogue.sales;
    std::size_t open = 0;
    for (const Sale& sale : sales) {
        if (sale.state == SaleState::kClosed || ++open > kGaugeSalesMax) continue;
        co_await add_sale(shown, sale);
    }
    co_await add_queue(shown);
    const std::lock_guard lock(mutex_);
    shown_ = std::move(shown);
    co_return kGaugesEvery;
}

Task<void> Gauges::add_sale(Shown& shown, const Sale& sale) {
    const Deadline deadline = ports_.clock.in(kGaugesEvery);
    const std::string id = std::to_string(sale.id.value());
    auto add = [&](const char* state, Units units) {
        MetricsRegistry::Sample sample;
        sample.labels = {{"sale", id}, {"state", state}};
        sample.value = static_cast<double>(units);
        shown.stock.push_back(std::move(sample));
    };
    auto figures = co_await ports_.orders.stock_figures(sale.id, deadline);
    if (figures.ok()) {
        add("available", figures->available);
        add("awaiting_payment", figures->awaiting_payment);
        add("paid", figures->paid);
    }
    MetricsRegistry::Sample gate_state;
    gate_state.labels = {{"sale", id}};
    gate_state.value = sale.gate_state == GateState::kOpen || sale.mode == SaleMode::kDirect ? 1 : 0;
    shown.gate_state.push_back(std::move(gate_state));
    if (sale.mode == SaleMode::kDirect) co_return;
    auto gate = co_await ports_.gate.figures(sale.id, deadline);
    if (gate.ok() && gate->answer == GateAnswer::kOk) add("held", gate->held);
}

Task<void> Gauges::add_queue(Shown& shown) {
    auto depths = co_await ports_.queue.depths(ports_.clock.in(kGaugesEvery));
    shown.queue_up = depths.ok();
    if (!depths.ok()) co_return;
    for (const QueueDepth& depth : *depths) add_partition(shown, depth);
    co_await add_dead_letters(shown);
}

void Gauges::add_partition(Shown& shown, const QueueDepth& depth) {
    const std::string queue = "orders." + std::to_string(depth.partition.value());
    shown.queue_messages.push_back({{{"queue", queue}, {"state", "ready"}}, static_cast<double>(depth.ready)});
    shown.queue_messages.push_back({{{"queue", queue}, {"state", "delayed"}}, static_cast<double>(depth.delayed)});
    shown.consumers.push_back({{{"queue", queue}}, static_cast<double>(depth.consumers)});
    const Millis age = std::max(depth.oldest_age, unattended(depth));
    shown.queue_age.push_back({{{"queue", queue}}, static_cast<double>(age.count()) / 1'000});
}

Millis Gauges::unattended(const QueueDepth& depth) {
    const bool lies = depth.consumers == 0 && depth.ready > 0;
    const auto known = unattended_since_.find(depth.partition);
    const std::string partition = std::to_string(depth.partition.value());
    if (lies && known == unattended_since_.end()) {
        unattended_since_.emplace(depth.partition, ports_.clock.now());
        ports_.log.warn("queue", "orders wait and no worker takes them", {{"partition", partition}});
    } else if (!lies && known != unattended_since_.end()) {
        unattended_since_.erase(known);
        ports_.log.info("queue", "a worker takes the orders again", {{"partition", partition}});
    } else if (lies) {
        return std::chrono::duration_cast<Millis>(ports_.clock.now() - known->second);
    }
    return Millis{0};
}

Task<void> Gauges::add_dead_letters(Shown& shown) {
    DeadLetterFilter all;
    auto letters = co_await ports_.orders.list_dead_letters(all, ports_.clock.in(kGaugesEvery));
    if (!letters.ok()) co_return;
    double parked = 0;
    double buried = 0;
    for (const auto& row : letters->orders) ++(row.state == DeferredState::kBuried ? buried : parked);
    for (const auto& row : letters->work) ++(row.state == DeferredState::kBuried ? buried : parked);
    shown.dead_letters.push_back({{{"state", "parked"}}, parked});
    shown.dead_letters.push_back({{{"state", "buried"}}, buried});
}

}  // namespace sluice
