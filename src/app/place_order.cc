#include "app/place_order.h"

#include <deque>
#include <utility>

#include "app/place_batch.h"

namespace sluice {

struct PlaceOrder::Line {
    explicit Line(SaleId id) : sale(id) {}
    SaleId sale;
    std::deque<PlaceWaiting> waiting;
    int in_flight = 0;  // batches started and not answered yet
};

PlaceOrder::PlaceOrder(
    Ports ports, const CatalogueLease& lease, OrderIds& ids, TaskGroup& tasks, PlaceLimits limits
)
    : ports_(ports), lease_(lease), ids_(ids), tasks_(tasks), limits_(limits) {}

PlaceOrder::~PlaceOrder() = default;

Task<PlaceReply> PlaceOrder::place(PlaceRequest request, Deadline deadline) {
    const LeaseRead& lease = lease_.read();
    const Instant arrived = ports_.clock.now();
    if (lease.lame_duck) co_return refused(std::nullopt, fail(Code::kStopped));
    if (!lease.valid(arrived)) {
        ports_.meter.count(Count::kLeaseExpired, 1);
        co_return refused(std::nullopt, fail(Code::kRecovering, "the sale catalogue cannot be read"));
    }
    const Sale* sale = lease.find(request.sale);
    if (sale == nullptr) co_return co_await place_uncatalogued(std::move(request), deadline);
    if (request.quantity < 1 || request.quantity > kOrderUnitsMax) {
        co_return refused(std::nullopt, fail(Code::kInvalidField, "quantity must be 1 to 1000000"));
    }
    auto order = request.order;
    if (!order) order = ids_.derive(sale->secret_number, sale->id, request.buyer, request.key);
    if (!order) {
        co_return refused(std::nullopt, fail(Code::kUnavailable, "the sale's order-id secret is not configured"));
    }
    const bool serves = sale->gate_state == GateState::kOpen && lease.holds(sale->id, sale->epoch, arrived);
    if (sale->mode == SaleMode::kQueued && !serves) {
        co_return refused(order, fail(Code::kRecovering, "the gate of this sale is being rebuilt"));
    }
    Line& line = line_of(sale->id);
    if (line.waiting.size() >= limits_.waiting_max) {
        co_return refused(order, fail(Code::kOverloaded, "too many requests wait for this sale"));
    }
    PlaceWaiting waiting{std::move(request), *order, deadline, arrived, std::nullopt};
    auto start = [this, &line, &waiting](Resume<PlaceReply> resume) {
        waiting.resume.emplace(std::move(resume));
        line.waiting.push_back(std::move(waiting));
        dispatch(line);
    };
    co_return co_await suspend<PlaceReply>(std::move(start));
}

PlaceOrder::Line& PlaceOrder::line_of(SaleId sale) {
    auto& line = lines_[sale];
    if (!line) line = std::make_unique<Line>(sale);
    return *line;
}

// A started batch takes everything that waits when it actually runs, so requests read in the same turn of the event
// loop leave together without any timer.
void PlaceOrder::dispatch(Line& line) {
    if (line.in_flight >= limits_.in_flight_max || line.waiting.empty()) return;
    ++line.in_flight;
    tasks_.spawn(run_batch(line));
}

Task<void> PlaceOrder::run_batch(Line& line) {
    std::vector<PlaceWaiting> batch;
    const Instant now = ports_.clock.now();
    while (!line.waiting.empty() && batch.size() < limits_.batch_orders_max) {
        PlaceWaiting waiting = std::move(line.waiting.front());
        line.waiting.pop_front();
        if (waiting.deadline.passed(now)) {
            waiting.answer(refused(waiting.order, fail(Code::kOverloaded, "the request waited too long")));
        } else {
            batch.push_back(std::move(waiting));
        }
    }
    if (!batch.empty()) {
        const Sale* sale = lease_.read().find(line.sale);
        if (sale == nullptr) {
            answer_all(batch, fail(Code::kRecovering, "the sale left the catalogue"));
        } else if (sale->mode == SaleMode::kDirect) {
            co_await place_direct(ports_, *sale, std::move(batch), limits_.direct_replans_max);
        } else if (ports_.queue.known_down()) {
            answer_all(batch, fail(Code::kQueueUnavailable));
        } else {
            co_await place_queued(ports_, lease_, *sale, std::move(batch), tasks_);
        }
    }
    --line.in_flight;
    dispatch(line);
}

// Unknown, draft or retired: the ledger says which. A repeated request still learns what became of its order.
Task<PlaceReply> PlaceOrder::place_uncatalogued(PlaceRequest request, Deadline deadline) {
    SnapshotQuery query;
    query.sale = request.sale;
    auto snapshot = co_await ports_.ledger.snapshot(query, deadline);
    if (!snapshot.ok()) co_return refused(std::nullopt, snapshot.error());
    const Sale& sale = snapshot->sale;
    if (request.quantity < 1 || request.quantity > kOrderUnitsMax) {
        co_return refused(std::nullopt, fail(Code::kInvalidField, "quantity must be 1 to 1000000"));
    }
    const auto order = ids_.derive(sale.secret_number, sale.id, request.buyer, request.key);
    if (sale.state == SaleState::kDraft) co_return refused(order, fail(Code::kNotOpen));
    if (!sale.retired || !order) {
        co_return refused(order, fail(Code::kRecovering, "the sale has just been opened"));
    }
    auto row = co_await ports_.orders.find_order(*order, deadline);
    if (!row.ok()) co_return refused(order, row.error());
    if (!row->has_value()) co_return refused(order, fail(Code::kEnded));
    co_return replayed(**row, request.quantity);
}

}  // namespace sluice
