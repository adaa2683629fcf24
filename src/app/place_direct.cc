#include <unordered_map>
#include <utility>

#include "app/place_batch.h"
#include "domain/retry_policy.h"
#include "domain/settlement.h"

namespace sluice {
namespace {

constexpr Millis kDirectDeadline{10'000};

Code refusal_code(DirectVerdict verdict) {
    switch (verdict) {
        case DirectVerdict::kPayloadMismatch: return Code::kPayloadMismatch;
        case DirectVerdict::kNotOpen: return Code::kNotOpen;
        case DirectVerdict::kEnded: return Code::kEnded;
        case DirectVerdict::kPaused: return Code::kPaused;
        case DirectVerdict::kLimitReached: return Code::kLimitReached;
        case DirectVerdict::kSoldOut: return Code::kSoldOut;
        case DirectVerdict::kPlaced:
        case DirectVerdict::kReplayed: break;
    }
    return Code::kInternal;
}

SnapshotQuery query_of(SaleId sale, const std::vector<PlaceWaiting>& batch) {
    SnapshotQuery query;
    query.sale = sale;
    for (const PlaceWaiting& waiting : batch) {
        query.orders.push_back(waiting.order);
        query.buyers.push_back(waiting.request.buyer);
    }
    return query;
}

std::vector<DirectRequest> requests_of(const std::vector<PlaceWaiting>& batch) {
    std::vector<DirectRequest> requests;
    requests.reserve(batch.size());
    for (const PlaceWaiting& waiting : batch) {
        requests.push_back({waiting.order, waiting.request.buyer, waiting.request.quantity});
    }
    return requests;
}

struct Decided {
    DirectPlan plan;
    bool committed = false;
};

// Snapshot, plan and apply until it is decided. Errors: the store's; kOverloaded when others won every time.
Task<Result<Decided>> decide(
    Ports& ports, SnapshotQuery query, std::vector<DirectRequest> requests, int replans_max, Deadline deadline
) {
    int retries = 0;
    for (int replans = 0; replans <= replans_max; ++replans) {
        auto snapshot = co_await ports.ledger.snapshot(query, deadline);
        if (!snapshot.ok()) co_return snapshot.error();
        if (snapshot->sale.mode != SaleMode::kDirect) co_return fail(Code::kRecovering, "the sale changed its mode");
        Decided decided;
        decided.plan = plan_direct(*snapshot, requests);
        if (!decided.plan.change) co_return decided;
        auto applied = co_await ports.ledger.apply(*decided.plan.change, deadline);
        if (!applied.ok()) {
            const bool again = classify(applied.error()) == FailureClass::kTransient;
            if (!again || ++retries > kImmediateRetriesMax) co_return applied.error();
            continue;  // after an unknown commit the next snapshot shows whether the rows are there
        }
        if (std::holds_alternative<LedgerTruth>(*applied)) {
            decided.committed = true;
            co_return decided;
        }
        ports.meter.count(Count::kVersionConflicts, 1);
    }
    co_return fail(Code::kOverloaded, "too many buyers at once for direct mode; nothing was reserved");
}

void answer_refused(Ports& ports, SaleId sale, const DirectPlan& plan, std::vector<PlaceWaiting>& batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const DirectVerdict verdict = plan.verdicts[i];
        if (verdict == DirectVerdict::kPlaced || verdict == DirectVerdict::kReplayed) continue;
        const Code code = refusal_code(verdict);
        ports.meter.admission(sale, info(code).wire, 1);
        batch[i].answer(refused(batch[i].order, fail(code), plan.left[i]));
    }
}

void answer_rows(
    Ports& ports, const SaleSnapshot& after, const DirectPlan& plan, std::vector<PlaceWaiting>& batch
) {
    std::unordered_map<OrderId, const OrderRow*> rows;
    for (const OrderRow& row : after.orders) rows.emplace(row.order, &row);
    const Instant now = ports.clock.now();
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (batch[i].answered()) continue;
        const auto row = rows.find(batch[i].order);
        if (row == rows.end()) continue;
        PlaceReply reply = replayed(*row->second, batch[i].request.quantity);
        reply.direct = plan.verdicts[i] == DirectVerdict::kPlaced;
        reply.replayed = !reply.direct;
        ports.meter.admission(after.sale.id, reply.direct ? "accepted" : "replayed", 1);
        ports.meter.observe(Timing::kAccept, static_cast<std::uint64_t>((now - batch[i].arrived).count()));
        batch[i].answer(std::move(reply));
    }
}

}  // namespace

Task<void> place_direct(Ports& ports, Sale sale, std::vector<PlaceWaiting> batch, int replans_max) {
    const Deadline deadline = ports.clock.in(kDirectDeadline);
    auto query = query_of(sale.id, batch);
    auto decided = co_await decide(ports, query, requests_of(batch), replans_max, deadline);
    if (!decided.ok()) {
        answer_all(batch, decided.error());
        co_return;
    }
    answer_refused(ports, sale.id, decided->plan, batch);
    auto after = co_await ports.ledger.snapshot(std::move(query), deadline);
    if (after.ok()) answer_rows(ports, *after, decided->plan, batch);
    answer_all(batch, fail(Code::kOutcomeUnknown, "placed, but its row could not be read back"));
}

}  // namespace sluice
