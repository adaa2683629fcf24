#include "ports/work_line.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "ports/message_codec.h"

namespace sluice {
namespace {

std::size_t orders_in(const Work& work) {
    const auto* run = std::get_if<OrderRun>(&work);
    return run == nullptr ? 0 : run->batches.front().orders.size();
}

}  // namespace

Work decode_work(std::string body) {
    auto decoded = decode_message(body);
    if (!decoded.ok()) return Undecodable{std::move(body), decoded.error().detail};
    if (auto* batch = std::get_if<OrderBatch>(&*decoded)) {
        OrderRun run;
        run.batches.push_back(std::move(*batch));
        return run;
    }
    if (const auto* barrier = std::get_if<Barrier>(&*decoded)) return *barrier;
    return std::get<WorkHint>(*decoded);
}

void WorkLine::push(std::uint64_t id, Work work) {
    SLUICE_CHECK(id > pushed_);
    pushed_ = id;
    waiting_.push_back({id, std::move(work)});
}

std::size_t WorkLine::orders_waiting() const {
    std::size_t orders = 0;
    for (const auto& waiting : waiting_) {
        if (!std::holds_alternative<OrderRun>(waiting.work)) {
            return std::numeric_limits<std::size_t>::max();
        }
        orders += orders_in(waiting.work);
    }
    return orders;
}

// A barrier says that everything before it is dealt with; so it waits for the acks of everything
// before it.
bool WorkLine::may_deliver() const {
    if (waiting_.empty()) return false;
    return !std::holds_alternative<Barrier>(waiting_.front().work) || acked_ == delivered_;
}

Delivery WorkLine::deliver(std::size_t orders_max) {
    SLUICE_CHECK(may_deliver());
    Delivery delivery{std::move(waiting_.front().work), AckToken{waiting_.front().id}};
    waiting_.pop_front();
    if (auto* run = std::get_if<OrderRun>(&delivery.work)) {
        auto orders = run->batches.front().orders.size();
        while (!waiting_.empty()) {
            auto* next = std::get_if<OrderRun>(&waiting_.front().work);
            if (next == nullptr || orders + orders_in(waiting_.front().work) > orders_max) break;
            orders += orders_in(waiting_.front().work);
            run->batches.push_back(std::move(next->batches.front()));
            delivery.through = AckToken{waiting_.front().id};
            waiting_.pop_front();
        }
    }
    delivered_ = delivery.through.through;
    return delivery;
}

void WorkLine::acked(AckToken through) {
    SLUICE_CHECK(through.through <= delivered_);
    acked_ = std::max(acked_, through.through);
}

}  // namespace sluice
