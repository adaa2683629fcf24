#include "model_world.h"

#include <algorithm>

#include "domain/changes.h"
#include "domain_samples.h"

namespace sluice {
namespace {

constexpr Units kStock = 12;
constexpr Units kLimit = 3;
constexpr std::uint32_t kBuyers = 6;
constexpr std::uint32_t kKeys = 12;  // per buyer, so that keys are often repeated

const AuditNote kNote{"model", "step", "order", "test"};

ReserveRequest any_request(std::uint32_t pick) {
    const std::uint32_t who = pick % kBuyers;
    const std::uint32_t key = pick / kBuyers % kKeys;
    const auto number = static_cast<std::uint16_t>(who * kKeys + key);
    const Units quantity = 1 + key % 2;  // a retry under one key asks for the same
    return samples::request(number, "buyer" + std::to_string(who), quantity);
}

template <class Container>
auto any_of(Container& items, std::uint32_t pick) {
    return std::next(items.begin(), static_cast<std::ptrdiff_t>(pick % items.size()));
}

}  // namespace

ModelWorld::ModelWorld(Mutation mutation) : mutation_(mutation), ledger_(kStock, kLimit) {
    gate_.load(server(), server(), ledger_.gate_image());
}

void ModelWorld::take(Step step, std::uint32_t pick) {
    switch (step) {
        case Step::kReserve:
            return reserve(pick);
        case Step::kPublish:
            return publish(pick);
        case Step::kNodeDies:
            return node_dies(pick);
        case Step::kSettle:
            return settle(1 + pick % 3, true);
        case Step::kSettleUnacked:
            return settle(1 + pick % 3, false);
        case Step::kPlanAsZombie:
            return plan_as_zombie();
        case Step::kZombieApplies:
            return zombie_applies(pick);
        case Step::kSync:
            return sync(pick, false, true);
        case Step::kSyncTwice:
            return sync(pick, true, true);
        case Step::kLoseSync:
            return sync(pick, false, false);
        case Step::kCancel:
        case Step::kExpire:
        case Step::kPay:
            return change_order(step, pick);
        case Step::kRestock:
            return restock();
        case Step::kClaimStale:
            return claim_stale();
        case Step::kPark:
            return defer_head(DeferredState::kParked);
        case Step::kBury:
            return defer_head(DeferredState::kBuried);
        case Step::kSweep:
            return sweep();
        case Step::kRedrive:
        case Step::kDiscard:
            return desk(step, pick);
        case Step::kLoseGate:
            gate_ = AdmissionGate{};
            [[fallthrough]];
        case Step::kServerChanges:
            ++server_number_;
            return;
        case Step::kBeginRebuild:
            return begin_rebuild();
        case Step::kTakeImage:
            return take_image();
        case Step::kLoad:
            return load();
        case Step::kReconcile:
            return reconcile();
        case Step::kLimit_:
            return;
    }
}

void ModelWorld::reserve(std::uint32_t pick) {
    std::vector<ReserveRequest> batch;
    for (std::uint32_t i = 0; i <= pick % 3; ++i) batch.push_back(any_request(pick / 3 + i * 7));
    const auto reply = gate_.reserve(server(), ledger_.now(), batch);
    if (reply.answer != GateAnswer::kOk) return;
    OrderBatch message{samples::kSale, reply.epoch, {}};
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const Verdict verdict = reply.admissions[i].verdict;
        if (verdict != Verdict::kAccepted && verdict != Verdict::kHeld) continue;
        message.orders.push_back(gate_.find_held(batch[i].order)->order);
    }
    if (!message.orders.empty()) unpublished_.push_back({std::move(message), true});
}

void ModelWorld::publish(std::uint32_t pick) {
    if (unpublished_.empty()) return;
    const auto at = any_of(unpublished_, pick);
    const bool has_lease = at->batch.epoch == ledger_.sale().epoch;  // checked after the confirm
    if (at->has_clients && (has_lease || mutation_ == Mutation::kPromiseWithoutLease)) {
        for (const AcceptedOrder& order : at->batch.orders) promised_.insert(order.order);
    }
    queue_.emplace_back(std::move(at->batch));
    unpublished_.erase(at);
}

void ModelWorld::node_dies(std::uint32_t pick) {
    if (unpublished_.empty()) return;
    const auto at = any_of(unpublished_, pick);
    if (mutation_ == Mutation::kNodeReleasesHolds) {
        LedgerTruth release = truth_of(ledger_.snapshot({}, {}));
        for (const AcceptedOrder& order : at->batch.orders) {
            release.finished.push_back({order.order, Letter::kRejected});
        }
        gate_.sync(release);
    }
    unpublished_.erase(at);
}

std::vector<RunOrder> ModelWorld::head_run(std::size_t batches_max, std::size_t& taken) const {
    std::vector<RunOrder> run;
    for (taken = 0; taken < std::min(batches_max, queue_.size()); ++taken) {
        const auto* batch = std::get_if<OrderBatch>(&queue_[taken]);
        if (batch == nullptr) break;  // a run never spans a barrier
        for (const AcceptedOrder& order : batch->orders) run.push_back({order, batch->epoch});
    }
    return run;
}

SaleSnapshot ModelWorld::snapshot_for(const std::vector<RunOrder>& run) const {
    std::vector<OrderId> orders;
    std::vector<BuyerId> buyers;
    for (const RunOrder& item : run) {
        orders.push_back(item.order.order);
        buyers.push_back(item.order.buyer);
    }
    SaleSnapshot snapshot = ledger_.snapshot(orders, buyers);
    if (mutation_ == Mutation::kStaleSettles) snapshot.sealed_epoch = Epoch{0};
    return snapshot;
}

void ModelWorld::commit(const LedgerChange& change) {
    const Applied applied = ledger_.apply(change);
    if (const auto* truth = std::get_if<LedgerTruth>(&applied)) truths_.push_back(*truth);
}

void ModelWorld::settle(std::size_t batches_max, bool acked) {
    if (queue_.empty()) return;
    if (std::holds_alternative<Epoch>(queue_.front())) return pass_barrier();
    std::size_t taken = 0;
    const auto run = head_run(batches_max, taken);
    const auto plan = plan_settlement(snapshot_for(run), run);
    if (plan.change) {
        commit(*plan.change);
    } else if (!plan.healed.finished.empty()) {
        truths_.push_back(plan.healed);
    }
    if (acked) queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(taken));
}

void ModelWorld::pass_barrier() {
    const Epoch epoch = std::get<Epoch>(queue_.front());
    queue_.pop_front();
    if (epoch != ledger_.sale().epoch) return;
    const auto change = plan_seal(ledger_.snapshot({}, {}), Epoch{epoch.value() - 1});
    if (change) commit(*change);
}

void ModelWorld::plan_as_zombie() {
    std::size_t taken = 0;
    const auto run = head_run(1, taken);
    if (run.empty()) return;
    auto plan = plan_settlement(snapshot_for(run), run);
    if (plan.change) zombie_plans_.push_back(*std::move(plan.change));
}

void ModelWorld::zombie_applies(std::uint32_t pick) {
    if (zombie_plans_.empty()) return;
    const auto at = any_of(zombie_plans_, pick);
    commit(*at);
    zombie_plans_.erase(at);
}

LedgerTruth ModelWorld::mutated(LedgerTruth truth) const {
    if (mutation_ == Mutation::kTotalsOfAnOlderRead) {
        truth.version = ledger_.version();
        truth.available = ledger_.sale().available;
    }
    if (mutation_ == Mutation::kAvailableOfAnOlderRead) truth.version = ledger_.version();
    if (mutation_ == Mutation::kFinishedWithoutTotals) truth.bought.clear();
    return truth;
}

void ModelWorld::sync(std::uint32_t pick, bool keep, bool deliver) {
    if (truths_.empty()) return;
    const auto at = any_of(truths_, pick);
    if (deliver) gate_.sync(mutated(*at));
    if (!keep) truths_.erase(at);
}

void ModelWorld::change_order(Step step, std::uint32_t pick) {
    if (ledger_.orders().empty()) return;
    const OrderId id = any_of(ledger_.orders(), pick)->first;
    if (step == Step::kPay) {
        ledger_.pay(id);
        return;
    }
    const std::vector<OrderId> ids = {id};
    if (step == Step::kExpire) ledger_.pass(samples::terms().payment_window);
    const auto snapshot = ledger_.snapshot(ids, {});
    const auto change =
        step == Step::kExpire ? plan_expiry(snapshot, ids) : plan_cancel(snapshot, id);
    if (change) commit(*change);
}

void ModelWorld::restock() {
    constexpr Units kTotalMax = 40;
    if (ledger_.sale().total < kTotalMax) commit(plan_restock(ledger_.snapshot({}, {}), 1, kNote));
}

void ModelWorld::claim_stale() {
    ledger_.pass(kClaimDelayFirst);
    OrderBatch batch = gate_.claim_stale(server(), ledger_.now(), 4);
    if (!batch.orders.empty()) unpublished_.push_back({std::move(batch), false});
}

void ModelWorld::defer_head(DeferredState state) {
    std::size_t taken = 0;
    const auto run = head_run(1, taken);
    if (taken == 0) return;
    std::vector<DeferredOrder> rows;
    for (const RunOrder& item : run) {
        DeferredOrder row;
        row.order = item.order;
        row.epoch = item.epoch;
        row.state = state;
        row.due_at = ledger_.now();
        rows.push_back(std::move(row));
    }
    const auto snapshot = snapshot_for(run);
    if (const auto change = plan_defer(snapshot, std::move(rows))) commit(*change);
    truths_.push_back(truth_of(snapshot));
    queue_.pop_front();
}

void ModelWorld::sweep() {
    OrderBatch hint{samples::kSale, Epoch{0}, {}};
    for (const auto& [id, row] : ledger_.deferred()) {
        if (row.state == DeferredState::kParked) hint.orders.push_back(row.order);
    }
    if (!hint.orders.empty()) queue_.emplace_back(std::move(hint));
}

void ModelWorld::desk(Step step, std::uint32_t pick) {
    if (ledger_.deferred().empty()) return;
    const OrderId id = any_of(ledger_.deferred(), pick)->first;
    const std::vector<OrderId> ids = {id};
    const std::vector<BuyerId> buyers = {any_of(ledger_.deferred(), pick)->second.order.buyer};
    const auto snapshot = ledger_.snapshot(ids, buyers);
    const auto change = step == Step::kRedrive ? plan_redrive(snapshot, id, kNote)
                                               : plan_discard(snapshot, id, kNote);
    if (change) commit(*change);
}

void ModelWorld::begin_rebuild() {
    const Epoch epoch = ledger_.begin_epoch();  // from here on no lease names an older one
    image_.reset();
    queue_.emplace_back(epoch);
    if (mutation_ != Mutation::kSealWithoutBarrier) return;
    commit(*plan_seal(ledger_.snapshot({}, {}), Epoch{epoch.value() - 1}));
}

void ModelWorld::take_image() {
    const Epoch epoch = ledger_.sale().epoch;
    if (epoch == imaged_epoch_ || !ledger_.is_sealed_before(epoch)) return;
    imaged_epoch_ = epoch;
    image_ = ledger_.gate_image();
    image_server_ = server();
    if (mutation_ == Mutation::kImageForgetsDeferred) image_->held.clear();
}

void ModelWorld::load() {
    if (!image_) return;
    gate_.load(server(), image_server_, *std::move(image_));
    image_.reset();
}

void ModelWorld::reconcile() {
    std::vector<BuyerId> buyers;
    for (const auto& [buyer, total] : ledger_.totals()) buyers.push_back(buyer);
    truths_.push_back(truth_of(ledger_.snapshot({}, buyers)));
}

void ModelWorld::come_to_rest() {
    const auto drain = [this] {
        while (!unpublished_.empty()) publish(0);
        while (!queue_.empty()) settle(3, true);
        while (!truths_.empty()) sync(0, false, true);
    };
    if (!gate_is_current() || gate_.snapshot(server()).answer != GateAnswer::kOk) begin_rebuild();
    drain();
    take(Step::kTakeImage, 0);
    load();
    // Twice: a claim finds what the first round forgot.
    for (int round = 0; round < 2; ++round) {
        ledger_.pass(kClaimDelayMax);
        while (true) {
            claim_stale();
            if (unpublished_.empty()) break;
            drain();
        }
        sweep();
        drain();
    }
    reconcile();
    drain();
}

}  // namespace sluice
