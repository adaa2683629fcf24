#include <unordered_set>
#include <utility>

#include "app/place_batch.h"

namespace sluice {
namespace {

// A batch that was taken is carried through even if its clients gave up: nothing is left half done for impatience.
constexpr Millis kBatchDeadline{10'000};

std::optional<Code> refusal_code(Verdict verdict) {
    switch (verdict) {
        case Verdict::kSoldOut: return Code::kSoldOut;
        case Verdict::kLimitReached: return Code::kLimitReached;
        case Verdict::kNotOpen: return Code::kNotOpen;
        case Verdict::kEnded: return Code::kEnded;
        case Verdict::kPaused: return Code::kPaused;
        case Verdict::kPayloadMismatch: return Code::kPayloadMismatch;
        case Verdict::kAccepted:
        case Verdict::kHeld:
        case Verdict::kSettled:
        case Verdict::kCancelled:
        case Verdict::kRejected: return std::nullopt;
    }
    return std::nullopt;
}

bool travels(Verdict verdict) { return verdict == Verdict::kAccepted || verdict == Verdict::kHeld; }

AcceptedOrder accepted_order(const PlaceWaiting& waiting, const Admission& admission, const Terms& terms) {
    AcceptedOrder order;
    order.order = waiting.order;
    order.buyer = waiting.request.buyer;
    order.quantity = waiting.request.quantity;
    order.accepted_at = admission.accepted_at;
    order.terms = admission.verdict == Verdict::kHeld ? admission.terms : terms;
    return order;
}

// One message for all that the call accepted; an order asked for twice in the batch travels once.
OrderBatch message_of(
    const Sale& sale, const ReserveReply& reply, const std::vector<PlaceWaiting>& batch
) {
    OrderBatch message{sale.id, reply.epoch, {}};
    std::unordered_set<OrderId> seen;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const Admission& admission = reply.admissions[i];
        if (!travels(admission.verdict) || !seen.insert(batch[i].order).second) continue;
        message.orders.push_back(accepted_order(batch[i], admission, sale.terms));
    }
    return message;
}

void count(Ports& ports, SaleId sale, std::string_view result) {
    ports.meter.admission(sale, result, 1);
}

// Letters beyond held are hints: the answer is read from the ledger.
Task<void> answer_from_ledger(Ports& ports, PlaceWaiting waiting) {
    auto row = co_await ports.orders.find_order(waiting.order, waiting.deadline);
    if (!row.ok()) {
        waiting.answer(refused(waiting.order, row.error()));
    } else if (!row->has_value()) {
        waiting.answer(refused(waiting.order, fail(Code::kRecovering, "the ledger is behind the gate")));
    } else {
        waiting.answer(replayed(**row, waiting.request.quantity));
    }
}

// Everything but accepted and held orders is answered right after the script.
void answer_definite(
    Ports& ports, const Sale& sale, const ReserveReply& reply, std::vector<PlaceWaiting>& batch,
    bool lease_holds, TaskGroup& tasks
) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const Admission& admission = reply.admissions[i];
        if (travels(admission.verdict)) continue;
        if (!lease_holds) {
            count(ports, sale.id, "recovering");
            batch[i].answer(refused(batch[i].order, fail(Code::kRecovering, "the lease does not cover this answer")));
        } else if (const auto code = refusal_code(admission.verdict)) {
            count(ports, sale.id, info(*code).wire);
            batch[i].answer(refused(batch[i].order, fail(*code), admission.left));
        } else {
            count(ports, sale.id, "replayed");
            tasks.spawn(answer_from_ledger(ports, std::move(batch[i])));
            batch[i].resume.reset();
        }
    }
}

void answer_accepted(
    Ports& ports, const Sale& sale, const ReserveReply& reply, std::vector<PlaceWaiting>& batch
) {
    const Instant now = ports.clock.now();
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (batch[i].answered()) continue;
        const Admission& admission = reply.admissions[i];
        PlaceReply answer;
        answer.order = batch[i].order;
        answer.view = view_of(sale.id, accepted_order(batch[i], admission, sale.terms));
        answer.replayed = admission.verdict == Verdict::kHeld;
        count(ports, sale.id, answer.replayed ? "replayed" : "accepted");
        ports.meter.observe(Timing::kAccept, static_cast<std::uint64_t>((now - batch[i].arrived).count()));
        batch[i].answer(std::move(answer));
    }
}

std::vector<ReserveRequest> requests_of(const Sale& sale, const std::vector<PlaceWaiting>& batch) {
    std::vector<ReserveRequest> requests;
    requests.reserve(batch.size());
    for (const PlaceWaiting& waiting : batch) {
        requests.push_back({waiting.order, waiting.request.buyer, waiting.request.quantity, sale.terms});
    }
    return requests;
}

}  // namespace

Task<void> place_queued(
    Ports& ports, LeaseView& lease, Sale sale, std::vector<PlaceWaiting> batch, TaskGroup& tasks
) {
    const Deadline deadline = ports.clock.in(kBatchDeadline);
    auto reply = co_await ports.gate.reserve(sale.id, requests_of(sale, batch), deadline);
    if (!reply.ok()) {
        answer_all(batch, reply.error());
        co_return;
    }
    if (reply->answer != GateAnswer::kOk) {
        answer_all(batch, fail(Code::kRecovering, "the gate of this sale is being rebuilt"));
        co_return;
    }
    SLUICE_CHECK(reply->admissions.size() == batch.size());
    const bool holds = lease.read().holds(sale.id, reply->epoch, ports.clock.now());
    answer_definite(ports, sale, *reply, batch, holds, tasks);

    OrderBatch message = message_of(sale, *reply, batch);
    if (message.orders.empty()) co_return;
    const Instant sent = ports.clock.now();
    auto published = co_await ports.queue.publish(sale.partition, std::move(message), deadline);
    ports.meter.observe(Timing::kPublish, static_cast<std::uint64_t>((ports.clock.now() - sent).count()));
    if (!published.ok()) {
        count(ports, sale.id, "outcome_unknown");
        answer_all(batch, fail(Code::kOutcomeUnknown, "reserved, but not confirmed by the queue: repeat with the same key"));
        co_return;
    }
    // After the confirm, never before it: a node that slept between must not promise for a sealed epoch.
    if (!lease.read().holds(sale.id, reply->epoch, ports.clock.now())) {
        ports.meter.count(Count::kLeaseExpired, 1);
        answer_all(batch, fail(Code::kOutcomeUnknown, "the lease ran out meanwhile: repeat with the same key"));
        co_return;
    }
    answer_accepted(ports, sale, *reply, batch);
}

}  // namespace sluice
