#include "domain/admission.h"

#include <algorithm>

#include "base/check.h"
#include "domain/window.h"

namespace sluice {
namespace {

Verdict verdict_of(Shut shut) {
    switch (shut) {
        case Shut::kNotOpen:
            return Verdict::kNotOpen;
        case Shut::kPaused:
            return Verdict::kPaused;
        case Shut::kEnded:
            return Verdict::kEnded;
    }
    return Verdict::kNotOpen;
}

Verdict verdict_of(Letter letter) {
    switch (letter) {
        case Letter::kHeld:
            return Verdict::kHeld;
        case Letter::kSettled:
            return Verdict::kSettled;
        case Letter::kCancelled:
            return Verdict::kCancelled;
        case Letter::kRejected:
            return Verdict::kRejected;
    }
    return Verdict::kHeld;
}

Millis claim_delay(int claims_before) {
    constexpr int kDoublingsMax = 6;  // 10 s · 2^6 is beyond kClaimDelayMax already
    return std::min(
        kClaimDelayFirst * (1 << std::min(claims_before, kDoublingsMax)), kClaimDelayMax
    );
}

}  // namespace

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::kAccepted:
            return "accepted";
        case Verdict::kHeld:
            return "held";
        case Verdict::kSettled:
            return "settled";
        case Verdict::kCancelled:
            return "cancelled";
        case Verdict::kRejected:
            return "rejected";
        case Verdict::kPayloadMismatch:
            return "payload_mismatch";
        case Verdict::kNotOpen:
            return "not_open";
        case Verdict::kEnded:
            return "ended";
        case Verdict::kPaused:
            return "paused";
        case Verdict::kLimitReached:
            return "limit_reached";
        case Verdict::kSoldOut:
            return "sold_out";
    }
    return {};
}

ReserveReply AdmissionGate::reserve(
    const ServerId& self, WallTime now, std::span<const ReserveRequest> requests
) {
    ReserveReply reply;
    if (!loaded_) return reply;
    reply.epoch = epoch_;
    if (self != server_) {
        reply.answer = GateAnswer::kServerChanged;
        return reply;
    }
    reply.answer = GateAnswer::kOk;
    reply.admissions.reserve(requests.size());
    for (const ReserveRequest& request : requests) reply.admissions.push_back(admit(now, request));
    return reply;
}

Admission AdmissionGate::admit(WallTime now, const ReserveRequest& request) {
    SLUICE_CHECK(request.quantity >= 1);
    // Before the window: who repeats at closing time must not hear "ended" about an order that
    // settles.
    if (auto known = replay(request)) return *std::move(known);
    if (const auto shut = window_verdict(now)) return {*shut, 0, {}, {}};
    const auto buyer = buyers_.find(request.buyer);
    const Units taken = buyer == buyers_.end() ? 0 : buyer->second.bought + buyer->second.held;
    if (taken + request.quantity > limit_) {
        return {Verdict::kLimitReached, std::max<Units>(limit_ - taken, 0), {}, {}};
    }
    const Units left = sellable();
    if (left < request.quantity) return {Verdict::kSoldOut, left, {}, {}};
    AcceptedOrder order{request.order, request.buyer, request.quantity, now, request.terms};
    hold({std::move(order), now + kClaimDelayFirst, 0});
    return {Verdict::kAccepted, 0, now, request.terms};
}

std::optional<Admission> AdmissionGate::replay(const ReserveRequest& request) const {
    const auto known = orders_.find(request.order);
    if (known == orders_.end()) return std::nullopt;
    const Entry& entry = known->second;
    const bool is_same = entry.quantity == request.quantity || entry.quantity == kQuantityUnknown;
    if (!is_same) return Admission{Verdict::kPayloadMismatch, 0, {}, {}};
    Admission admission{verdict_of(entry.letter), 0, {}, {}};
    if (entry.letter == Letter::kHeld) {
        const AcceptedOrder& first = held_orders_.at(request.order).order;
        admission.accepted_at = first.accepted_at;
        admission.terms = first.terms;
    }
    return admission;
}

std::optional<Verdict> AdmissionGate::window_verdict(WallTime now) const {
    const auto shut = shut_at(state_, opens_at_, closes_at_, now);
    if (!shut) return std::nullopt;
    return verdict_of(*shut);
}

Units AdmissionGate::sellable() const { return std::max<Units>(available_ - held_, 0); }

void AdmissionGate::hold(HeldOrder held) {
    const OrderId id = held.order.order;
    held_ += held.order.quantity;
    buyers_[held.order.buyer].held += held.order.quantity;
    orders_[id] = {Letter::kHeld, held.order.quantity};
    due_.emplace(held.due_at, id);
    held_orders_.emplace(id, std::move(held));
}

void AdmissionGate::set_due(HeldOrder& held, WallTime due_at) {
    due_.erase({held.due_at, held.order.order});
    held.due_at = due_at;
    due_.emplace(due_at, held.order.order);
}

SyncVerdict AdmissionGate::sync(const LedgerTruth& truth) {
    if (!loaded_) return SyncVerdict::kNotLoaded;
    SLUICE_CHECK(truth.sale == sale_);
    if (truth.epoch != epoch_) return SyncVerdict::kOtherEpoch;
    for (const FinishedOrder& finished : truth.finished) finish(finished);
    for (const BuyerTotal& total : truth.bought) {
        Buyer& buyer = buyers_[total.buyer];
        // Per buyer, not per gate: an older truth may be the only one that names this buyer. Everything here is at least
        // as new as the load.
        if (truth.version <= std::max(buyer.version, loaded_version_)) continue;
        buyer.bought = total.bought;
        buyer.version = truth.version;
    }
    if (truth.version > version_) {
        version_ = truth.version;
        available_ = truth.available;
    }
    return SyncVerdict::kApplied;
}

void AdmissionGate::finish(const FinishedOrder& finished) {
    SLUICE_CHECK(finished.letter != Letter::kHeld);
    if (const auto found = held_orders_.find(finished.order); found != held_orders_.end()) {
        const HeldOrder& held = found->second;
        Buyer& buyer = buyers_.at(held.order.buyer);
        held_ -= held.order.quantity;
        buyer.held -= held.order.quantity;
        SLUICE_CHECK(held_ >= 0 && buyer.held >= 0);
        due_.erase({held.due_at, finished.order});
        held_orders_.erase(found);
    }
    const auto [at, is_new] =
        orders_.try_emplace(finished.order, Entry{finished.letter, kQuantityUnknown});
    if (!is_new) at->second.letter = higher(at->second.letter, finished.letter);
}

OrderBatch AdmissionGate::claim_stale(const ServerId& self, WallTime now, std::size_t orders_max) {
    OrderBatch batch{sale_, epoch_, {}};
    if (!loaded_ || self != server_) return batch;
    while (batch.orders.size() < orders_max && !due_.empty() && due_.begin()->first <= now) {
        HeldOrder& held = held_orders_.at(due_.begin()->second);
        batch.orders.push_back(held.order);
        set_due(held, now + claim_delay(held.claims));  // later than now: the loop ends
        ++held.claims;
    }
    return batch;
}

void AdmissionGate::park(Epoch epoch, WallTime now, std::span<const ParkedOrder> orders) {
    if (!loaded_ || epoch != epoch_) return;
    for (const ParkedOrder& parked : orders) {
        const auto found = held_orders_.find(parked.order);
        if (found == held_orders_.end()) continue;
        set_due(found->second, std::max(found->second.due_at, now + parked.delay));
    }
}

LoadVerdict AdmissionGate::load(const ServerId& self, const ServerId& expected, GateImage image) {
    if (self != expected) return LoadVerdict::kWrongServer;
    if (loaded_ && server_ == self && epoch_ >= image.epoch) return LoadVerdict::kEpochNotNewer;
    *this = AdmissionGate{};
    loaded_ = true;
    server_ = self;
    sale_ = image.sale;
    epoch_ = image.epoch;
    version_ = loaded_version_ = image.version;
    available_ = image.available;
    limit_ = image.limit_per_buyer;
    opens_at_ = image.opens_at;
    closes_at_ = image.closes_at;
    state_ = image.state;
    revision_ = image.revision;
    for (const BuyerTotal& total : image.bought) buyers_[total.buyer] = {total.bought, 0, {}};
    for (const KnownOrder& known : image.finished)
        orders_[known.order] = {known.letter, known.quantity};
    for (HeldOrder& held : image.held) {
        SLUICE_CHECK(!orders_.contains(held.order.order));  // one snapshot never shows both rows
        hold(std::move(held));
    }
    return LoadVerdict::kLoaded;
}

void AdmissionGate::set_state(Epoch epoch, Revision revision, SaleState state) {
    if (!loaded_ || epoch != epoch_ || revision <= revision_) return;
    revision_ = revision;
    state_ = state;
}

GateFigures AdmissionGate::figures(const ServerId& self) const {
    GateFigures figures;
    if (!loaded_) return figures;
    figures.answer = self == server_ ? GateAnswer::kOk : GateAnswer::kServerChanged;
    figures.epoch = epoch_;
    figures.version = version_;
    figures.available = available_;
    figures.held = held_;
    figures.state = state_;
    figures.revision = revision_;
    return figures;
}

GateSnapshot AdmissionGate::snapshot(const ServerId& self) const {
    GateSnapshot snapshot{figures(self), {}};
    if (!loaded_) return snapshot;
    snapshot.held_orders.reserve(held_orders_.size());
    for (const auto& [due_at, id] : due_) snapshot.held_orders.push_back(held_orders_.at(id));
    return snapshot;
}

std::optional<KnownOrder> AdmissionGate::find(OrderId order) const {
    const auto found = orders_.find(order);
    if (found == orders_.end()) return std::nullopt;
    return KnownOrder{order, found->second.letter, found->second.quantity};
}

std::optional<HeldOrder> AdmissionGate::find_held(OrderId order) const {
    const auto found = held_orders_.find(order);
    if (found == held_orders_.end()) return std::nullopt;
    return found->second;
}

}  // namespace sluice
