#pragma once
// One batch of requests of one sale, from the gate to their answers. place_order.h is the entry.

#include <optional>
#include <vector>

#include "app/place_order.h"
#include "app/ports.h"
#include "async/suspend.h"

namespace sluice {

struct PlaceWaiting {
    PlaceRequest request;
    OrderId order;
    Deadline deadline;
    Instant arrived;
    std::optional<Resume<PlaceReply>> resume;  // nullopt once answered

    bool answered() const { return !resume.has_value(); }
    void answer(PlaceReply reply);
};

PlaceReply refused(std::optional<OrderId> order, Error error, Units left = 0);
// The present truth about an order that has a row: its view, order_rejected, or payload_mismatch.
PlaceReply replayed(const OrderRow& row, Units quantity);
// Answers those that are not answered yet.
void answer_all(std::vector<PlaceWaiting>& batch, const Error& error);

// reserve → refusals answered → publish → confirm and lease → 202. Answers every request, whatever happens.
// Parameters by reference outlive the call; `sale` is copied because the lease may be renewed meanwhile.
Task<void> place_queued(
    Ports& ports, LeaseView& lease, Sale sale, std::vector<PlaceWaiting> batch, TaskGroup& tasks
);
// snapshot → plan → apply, planned again on conflict at most `replans_max` times → 201.
Task<void> place_direct(Ports& ports, Sale sale, std::vector<PlaceWaiting> batch, int replans_max);

}  // namespace sluice
