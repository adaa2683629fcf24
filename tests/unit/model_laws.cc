#include <algorithm>

#include "domain_samples.h"
#include "model_world.h"

namespace sluice {

bool ModelWorld::gate_is_current() const {
    return gate_.loaded() && gate_.epoch() == ledger_.sale().epoch;
}

std::string ModelWorld::broken_law() const {
    for (const std::string& broken : {broken_ledger(), broken_gate(), broken_promises()}) {
        if (!broken.empty()) return broken;
    }
    return {};
}

std::string ModelWorld::broken_ledger() const {
    if (!ledger_.broken().empty()) return ledger_.broken();
    const Sale& sale = ledger_.sale();
    Units active = 0;
    std::map<BuyerId, Units> totals;
    for (const auto& [id, row] : ledger_.orders()) {
        if (!is_active(row.state)) continue;
        active += row.quantity;
        totals[row.buyer] += row.quantity;
    }
    if (sale.available < 0 || active > sale.total) return "L1: oversold";
    if (sale.available + active != sale.total) return "L2: units appeared or vanished";
    Units after = 0;
    std::uint64_t version = 0;
    for (const auto& movement : ledger_.movements()) {
        after += movement.units;
        if (movement.version != Version{++version}) return "L3: a gap in the movements";
        if (movement.available_after != after) return "L3: a movement does not add up";
    }
    if (Version{version} != ledger_.version() || after != sale.available) return "L3: not the row";
    for (const auto& [buyer, total] : ledger_.totals()) {
        if (total != totals[buyer]) return "L4: a buyer's total is wrong";
        if (total > sale.limit_per_buyer) return "L4: over the limit";
    }
    for (const auto& [buyer, total] : totals) {
        if (total != ledger_.bought(buyer)) return "L4: a buyer's total is missing";
    }
    return {};
}

std::string ModelWorld::broken_gate() const {
    const GateSnapshot gate = gate_.snapshot(server());
    Units held = 0;
    Units held_without_row = 0;
    for (const HeldOrder& order : gate.held_orders) {
        held += order.order.quantity;
        if (ledger_.orders().contains(order.order.order)) continue;
        held_without_row += order.order.quantity;
    }
    if (gate.held != held) return "L5: held is not the sum of the held orders";
    if (!gate_is_current()) return {};  // no 202 can come from it any more
    if (gate.version > ledger_.version()) return "L5: the gate is ahead of the ledger";
    if (gate.version == ledger_.version() && gate.available != ledger_.sale().available) {
        return "L5: same version, other stock";
    }
    const Units sellable = std::max<Units>(0, gate.available - gate.held);
    if (sellable + held_without_row > ledger_.sale().available) return "L9: no room";
    return {};
}

std::string ModelWorld::broken_promises() const {
    std::set<OrderId> queued;
    for (const Queued& item : queue_) {
        const auto* batch = std::get_if<OrderBatch>(&item);
        if (batch == nullptr) continue;
        for (const AcceptedOrder& order : batch->orders) queued.insert(order.order);
    }
    for (const OrderId& id : promised_) {
        const auto row = ledger_.orders().find(id);
        if (row == ledger_.orders().end()) {
            if (ledger_.deferred().contains(id) || queued.contains(id)) continue;
            return "L6: a promised order is lost";
        }
        const bool is_rejected = row->second.state == OrderState::kRejected;
        if (is_rejected && row->second.reason != Reason::kDiscarded) {
            return "L10: a promised order was rejected";
        }
    }
    return {};
}

std::string ModelWorld::broken_rest() {
    if (!gate_is_current()) return "the gate did not come back";
    const GateSnapshot gate = gate_.snapshot(server());
    Units deferred = 0;
    std::map<BuyerId, Units> deferred_of;
    for (const auto& [id, row] : ledger_.deferred()) {
        deferred += row.order.quantity;
        deferred_of[row.order.buyer] += row.order.quantity;
    }
    if (gate.held != deferred) return "L7: a hold leaked";
    if (gate.available != ledger_.sale().available)
        return "L5: the gate's stock is not the ledger's";
    const Units limit = ledger_.sale().limit_per_buyer;
    for (const auto& [buyer, total] : ledger_.totals()) {
        ReserveRequest too_much = samples::request(60'000, buyer.value(), limit + 1);
        const auto reply = gate_.reserve(server(), ledger_.now(), {&too_much, 1});
        if (reply.admissions.at(0).verdict != Verdict::kLimitReached) return "L4: no limit";
        if (reply.admissions.at(0).left != limit - total - deferred_of[buyer]) {
            return "L4: the gate's total is not the ledger's";
        }
    }
    return {};
}

}  // namespace sluice
