#include "adapters/memory/memory_gate.h"

#include <algorithm>
#include <map>

#include "ports/gate_arguments.h"
#include "async/run_on.h"

namespace sluice {
namespace {

// Longer than any request may be between gate and queue.
constexpr Millis kFreshFor{15'000};

audit::GateFacts facts_of(SaleId sale, GateSnapshot snapshot, WallTime now) {
    audit::GateFacts facts;
    facts.sale = sale.value();
    facts.serving = snapshot.answer == GateAnswer::kOk;
    facts.epoch = snapshot.epoch.value();
    facts.version = snapshot.version.value();
    facts.available = snapshot.available;
    facts.held = snapshot.held;
    for (const auto& held : snapshot.held_orders) {
        const bool fresh = now - held.order.accepted_at < kFreshFor;
        facts.held_orders.push_back({held.order.order.text(), held.order.quantity, fresh});
    }
    std::sort(
        facts.held_orders.begin(), facts.held_orders.end(),
        [](const auto& left, const auto& right) { return left.order < right.order; }
    );
    return facts;
}

}  // namespace

// Touched only on the strand, apart from what is constant.
struct MemoryGate::State {
    State(const Clock& time, ServerId id) : clock(time), self(std::move(id)) {}

    // nullptr: nothing was ever loaded for this sale, or it is retired.
    AdmissionGate* find(SaleId sale) {
        const auto found = gates.find(sale);
        return found == gates.end() ? nullptr : &found->second;
    }

    const Clock& clock;
    const ServerId self;
    std::map<SaleId, AdmissionGate> gates;  // ordered, so that facts() is
};

MemoryGate::MemoryGate(Executor strand, const Clock& clock, ServerId self)
    : strand_(std::move(strand)), state_(std::make_shared<State>(clock, std::move(self))) {}

MemoryGate::~MemoryGate() = default;

Task<Result<ReserveReply>> MemoryGate::reserve(
    SaleId sale, std::vector<ReserveRequest> requests, Deadline
) {
    auto checked = check_reserve(sale, requests);
    if (!checked.ok()) co_return checked.error();
    auto step = [state = state_, sale, requests = std::move(requests)] {
        auto* gate = state->find(sale);
        if (gate == nullptr) return ReserveReply{};
        return gate->reserve(state->self, state->clock.wall(), requests);
    };
    co_return co_await run_on(strand_, std::move(step));
}

Task<Result<SyncVerdict>> MemoryGate::sync(LedgerTruth truth, Deadline) {
    auto checked = check_truth(truth);
    if (!checked.ok()) co_return checked.error();
    auto step = [state = state_, truth = std::move(truth)] {
        auto* gate = state->find(truth.sale);
        return gate == nullptr ? SyncVerdict::kNotLoaded : gate->sync(truth);
    };
    co_return co_await run_on(strand_, std::move(step));
}

Task<Result<OrderBatch>> MemoryGate::claim_stale(SaleId sale, std::size_t orders_max, Deadline) {
    auto step = [state = state_, sale, orders_max] {
        auto* gate = state->find(sale);
        if (gate == nullptr) return OrderBatch{sale, Epoch{}, {}};
        return gate->claim_stale(state->self, state->clock.wall(), orders_max);
    };
    co_return co_await run_on(strand_, std::move(step));
}

Task<Result<Done>> MemoryGate::park(
    SaleId sale, Epoch epoch, std::vector<ParkedOrder> orders, Deadline
) {
    auto checked = check_park(sale, orders);
    if (!checked.ok()) co_return checked.error();
    auto step = [state = state_, sale, epoch, orders = std::move(orders)] {
        if (auto* gate = state->find(sale)) gate->park(epoch, state->clock.wall(), orders);
        return Done{};
    };
    co_return co_await run_on(strand_, std::move(step));
}

Task<Result<ServerId>> MemoryGate::server_of(SaleId, Deadline) { co_return state_->self; }

Task<Result<LoadVerdict>> MemoryGate::load_stream(
    SaleId sale, ServerId expected, GateImageStream stream, Deadline deadline
) {
    auto image = co_await collect(std::move(stream), deadline);
    if (!image.ok()) co_return image.error();
    auto checked = check_image(sale, *image);
    if (!checked.ok()) co_return checked.error();
    auto step = [state = state_, sale, expected = std::move(expected),
                 image = std::move(*image)]() mutable {
        if (expected != state->self) return LoadVerdict::kWrongServer;
        return state->gates[sale].load(state->self, expected, std::move(image));
    };
    co_return co_await run_on(strand_, std::move(step));
}

Task<Result<Done>> MemoryGate::set_state(
    SaleId sale, Epoch epoch, Revision revision, SaleState sale_state, Deadline
) {
    auto step = [state = state_, sale, epoch, revision, sale_state] {
        if (auto* gate = state->find(sale)) gate->set_state(epoch, revision, sale_state);
        return Done{};
    };
    co_return co_await run_on(strand_, std::move(step));
}

Task<Result<GateFigures>> MemoryGate::figures(SaleId sale, Deadline) {
    auto step = [state = state_, sale] {
        const auto* gate = state->find(sale);
        return gate == nullptr ? GateFigures{} : gate->figures(state->self);
    };
    co_return co_await run_on(strand_, std::move(step));
}

Task<Result<GateSnapshot>> MemoryGate::snapshot(SaleId sale, Deadline) {
    auto step = [state = state_, sale] {
        const auto* gate = state->find(sale);
        return gate == nullptr ? GateSnapshot{} : gate->snapshot(state->self);
    };
    co_return co_await run_on(strand_, std::move(step));
}

Task<Result<std::optional<HeldOrder>>> MemoryGate::find_held(OrderId order, Deadline) {
    auto step = [state = state_, order] {
        const auto* gate = state->find(order.sale());
        return gate == nullptr ? std::optional<HeldOrder>() : gate->find_held(order);
    };
    co_return co_await run_on(strand_, std::move(step));
}

Task<Result<std::vector<KnownOrder>>> MemoryGate::letters(
    SaleId sale, std::vector<OrderId> orders, Deadline
) {
    auto step = [state = state_, sale, orders = std::move(orders)] {
        std::vector<KnownOrder> known;
        const auto* gate = state->find(sale);
        for (std::size_t i = 0; gate != nullptr && i < orders.size(); ++i) {
            if (auto order = gate->find(orders[i])) known.push_back(*order);
        }
        return known;
    };
    co_return co_await run_on(strand_, std::move(step));
}

Task<Result<Done>> MemoryGate::retire(SaleId sale, Epoch epoch, Deadline) {
    auto step = [state = state_, sale, epoch] {
        const auto* gate = state->find(sale);
        if (gate == nullptr || gate->epoch() != epoch) return Done{};
        const auto figures = gate->figures(state->self);
        if (figures.state == SaleState::kClosed && figures.held == 0) state->gates.erase(sale);
        return Done{};
    };
    co_return co_await run_on(strand_, std::move(step));
}

Task<std::vector<audit::GateFacts>> MemoryGate::facts() {
    auto step = [state = state_] {
        std::vector<audit::GateFacts> facts;
        for (const auto& [sale, gate] : state->gates) {
            if (gate.loaded()) facts.push_back(facts_of(sale, gate.snapshot(state->self), state->clock.wall()));
        }
        return facts;
    };
    co_return co_await run_on(strand_, std::move(step));
}

}  // namespace sluice
