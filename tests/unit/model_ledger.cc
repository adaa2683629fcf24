#include "model_ledger.h"

#include <algorithm>
#include <set>

#include "domain_samples.h"

namespace sluice {

ModelLedger::ModelLedger(Units stock, Units limit_per_buyer) {
    sale_.id = samples::kSale;
    sale_.state = SaleState::kOpen;
    sale_.total = stock;
    sale_.available = stock;
    sale_.limit_per_buyer = limit_per_buyer;
    sale_.opens_at = wall_from_ms(0);
    sale_.closes_at = WallTime::max();
    sale_.terms = samples::terms();
    movements_.push_back({version_, stock, stock});
}

Units ModelLedger::bought(const BuyerId& buyer) const {
    const auto found = totals_.find(buyer);
    return found == totals_.end() ? 0 : found->second;
}

SaleSnapshot ModelLedger::snapshot(std::span<const OrderId> orders, std::span<const BuyerId> buyers)
    const {
    SaleSnapshot snapshot;
    snapshot.sale = sale_;
    snapshot.version = version_;
    snapshot.sealed_epoch = sealed_epoch_;
    snapshot.now = sale_now_;
    std::set<BuyerId> asked(buyers.begin(), buyers.end());
    for (const OrderId& id : std::set<OrderId>(orders.begin(), orders.end())) {
        if (const auto row = orders_.find(id); row != orders_.end()) {
            snapshot.orders.push_back(row->second);
            asked.insert(row->second.buyer);
        }
        if (const auto row = deferred_.find(id); row != deferred_.end()) {
            snapshot.deferred.push_back(row->second);
        }
    }
    for (const BuyerId& buyer : asked) {
        if (totals_.contains(buyer)) snapshot.bought.push_back({buyer, bought(buyer)});
    }
    return snapshot;
}

Applied ModelLedger::apply(const LedgerChange& change) {
    if (change.expected != version_) return Conflict::kVersion;
    if (!rows_allow(change)) return Conflict::kRows;
    if (is_sealed(change)) return EpochSealed{};
    version_ = next(version_);
    sale_.available += change.units;
    sale_.total += change.total_units;
    movements_.push_back({version_, change.units, sale_.available});
    if (change.seal) sealed_epoch_ = std::max(sealed_epoch_, *change.seal);
    LedgerTruth truth;
    truth.sale = sale_.id;
    truth.epoch = sale_.epoch;
    truth.version = version_;
    truth.available = sale_.available;
    truth.bought = change.bought;
    truth.finished = change.also_finished;
    write(change, truth);
    return truth;
}

bool ModelLedger::rows_allow(const LedgerChange& change) const {
    return std::all_of(change.move.begin(), change.move.end(), [this](const OrderTransition& move) {
        const auto row = orders_.find(move.order);
        return row != orders_.end() && row->second.state == move.from;
    });
}

bool ModelLedger::is_sealed(const LedgerChange& change) const {
    return std::any_of(change.defer.begin(), change.defer.end(), [this](const DeferredOrder& row) {
        return row.epoch <= sealed_epoch_ && !deferred_.contains(row.order.order);
    });
}

void ModelLedger::write(const LedgerChange& change, LedgerTruth& truth) {
    for (const NewOrder& row : change.insert) {
        insert(row);
        truth.finished.push_back({row.order.order, letter_of(row.state)});
    }
    for (const OrderTransition& move : change.move) {
        if (!may_become(move.from, move.to)) broken_ = "a transition outside the table";
        OrderRow& row = orders_.at(move.order);
        row.state = move.to;
        row.reason = move.reason;
        truth.finished.push_back({move.order, letter_of(move.to)});
    }
    for (const DeferredOrder& row : change.defer) {
        if (orders_.contains(row.order.order)) broken_ = "a settled order was deferred";
        deferred_[row.order.order] = row;
    }
    for (const OrderId& order : change.undefer) deferred_.erase(order);
    for (const BuyerTotal& total : change.bought) totals_[total.buyer] = total.bought;
}

void ModelLedger::insert(const NewOrder& added) {
    OrderRow row;
    row.sale = sale_.id;
    row.order = added.order.order;
    row.buyer = added.order.buyer;
    row.quantity = added.order.quantity;
    row.terms = added.order.terms;
    row.state = added.state;
    row.reason = added.reason;
    row.accepted_at = added.order.accepted_at;
    row.settled_at = sale_now_;
    row.deadline_at = sale_now_ + added.order.terms.payment_window;
    if (!orders_.emplace(row.order, row).second) broken_ = "L11: an order was settled twice";
}

Epoch ModelLedger::begin_epoch() {
    sale_.epoch = next(sale_.epoch);
    return sale_.epoch;
}

GateImage ModelLedger::gate_image() const {
    GateImage image;
    image.sale = sale_.id;
    image.epoch = sale_.epoch;
    image.version = version_;
    image.available = sale_.available;
    image.limit_per_buyer = sale_.limit_per_buyer;
    image.opens_at = sale_.opens_at;
    image.closes_at = sale_.closes_at;
    image.state = sale_.state;
    image.revision = sale_.revision;
    for (const auto& [id, row] : deferred_) image.held.push_back({row.order, row.due_at, 0});
    for (const auto& [id, row] : orders_) {
        image.finished.push_back({id, letter_of(row.state), row.quantity});
    }
    for (const auto& [buyer, total] : totals_) image.bought.push_back({buyer, total});
    return image;
}

bool ModelLedger::pay(OrderId order) {
    const auto row = orders_.find(order);
    if (row == orders_.end() || row->second.state != OrderState::kAwaitingPayment) return false;
    row->second.state = OrderState::kPaid;
    return true;
}

}  // namespace sluice
