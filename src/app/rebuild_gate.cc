#include "app/rebuild_gate.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "app/sync_gate.h"
#include "domain/changes.h"
#include "domain/retry_policy.h"

namespace sluice {
namespace {

constexpr Millis kSealPollFirst{2};
constexpr Millis kSealPollMax{50};
constexpr Millis kBarrierAgain{5'000};  // a barrier that was lost is sent again; a second one is harmless
constexpr Millis kLoadMax{600'000};  // of a gate of any size; a server that falls silent ends it earlier
constexpr Millis kAheadMax{300'000};  // a gate may forget after ten minutes what it was told ahead
constexpr Millis kDrainTime{2'500};  // that a rival has beside lease and margin; a guess, doubled as long as it is too short
constexpr int kGiveWayDoublingsMax = 3;

}  // namespace

RebuildGate::RebuildGate(
    Ports ports, const CatalogueLease& lease, TaskGroup& tasks, std::function<void()> opened
)
    : ports_(ports), lease_(lease), tasks_(tasks), opened_(std::move(opened)) {}

Task<void> RebuildGate::pause(Millis delay) {
    Event nobody;
    co_await ports_.clock.sleep_until(ports_.clock.now() + delay, nobody);
}

Task<void> RebuildGate::watch_once(Deadline deadline) {
    const std::vector<Sale> sales = lease_.read().catalogue.sales;
    for (const Sale& sale : sales) {
        if (stopping_ || running_.size() >= kRebuildsMax) co_return;
        if (sale.mode != SaleMode::kQueued || running_.contains(sale.id)) continue;
        if (sale.gate_state == GateState::kOpen) {
            given_way_.erase(sale.id);
            std::vector<ReserveRequest> nothing;  // an empty batch only asks who is there
            auto reply = co_await ports_.gate.reserve(sale.id, std::move(nothing), deadline);
            if (!reply.ok() || (reply->answer == GateAnswer::kOk && reply->epoch == sale.epoch)) continue;
        } else if (gives_way(sale.id)) {
            continue;
        }
        if (co_await is_still(sale, deadline)) demand(sale.id);
    }
}

// The catalogue is as old as its last read. A gate that was rebuilt since is not to be rebuilt because of it.
Task<bool> RebuildGate::is_still(const Sale& sale, Deadline deadline) {
    SnapshotQuery query;
    query.sale = sale.id;
    auto now = co_await ports_.ledger.snapshot(std::move(query), deadline);
    co_return now.ok() && now->sale.epoch == sale.epoch && now->sale.gate_state == sale.gate_state;
}

void RebuildGate::demand(SaleId sale) {
    if (stopping_ || !running_.insert(sale).second) return;
    tasks_.spawn(rebuild(sale));
}

Task<void> RebuildGate::rebuild(SaleId sale) {
    for (int failures = 0; !stopping_;) {
        auto done = co_await attempt(sale);
        if (done.ok() || done.error().code == Code::kEnded) break;  // retired meanwhile: it needs no gate
        if (done.error().code == Code::kConflict) {
            give_way(sale);
            break;
        }
        ports_.log.warn(
            "rebuild", "starting again with another epoch",
            {{"sale", std::to_string(sale.value())}, {"error", to_string(done.error())}}
        );
        co_await pause(backoff(++failures));
    }
    running_.erase(sale);
}

void RebuildGate::give_way(SaleId sale) {
    const Catalogue& catalogue = lease_.read().catalogue;
    const Millis first = catalogue.lease + catalogue.lease_margin + kDrainTime;
    GivenWay& given = given_way_[sale];
    given.until = ports_.clock.now() + first * (1 << std::min(given.times, kGiveWayDoublingsMax));
    ++given.times;
    ports_.log.info("rebuild", "another one began later and goes on", {{"sale", std::to_string(sale.value())}});
}

bool RebuildGate::gives_way(SaleId sale) const {
    const auto given = given_way_.find(sale);
    return given != given_way_.end() && ports_.clock.now() < given->second.until;
}

// Whatever stopped it (a server or an epoch that is not the gate's any more, when it slept): kConflict if a later epoch
// has begun.
Task<Result<Done>> RebuildGate::attempt(SaleId sale) {
    auto server = co_await ports_.gate.server_of(sale, step_deadline());
    if (!server.ok()) co_return server.error();
    auto begun = co_await ports_.ledger.begin_epoch(sale, step_deadline());
    if (!begun.ok()) co_return begun.error();
    auto done = co_await carry_out(sale, std::move(*server), *begun);
    if (done.ok() || done.error().code == Code::kEnded) co_return done;
    SnapshotQuery query;
    query.sale = sale;
    auto now = co_await ports_.ledger.snapshot(std::move(query), step_deadline());
    if (now.ok() && now->sale.epoch != *begun) co_return fail(Code::kConflict, "a later epoch has begun");
    co_return done;
}

Task<Result<Done>> RebuildGate::carry_out(SaleId sale, ServerId server, Epoch epoch) {
    const Instant began = ports_.clock.now();
    auto ahead = co_await revoke(sale, server, epoch);
    if (!ahead.ok()) co_return ahead.error();
    auto sealed = co_await wait_sealed(sale, epoch);
    if (!sealed.ok()) co_return sealed.error();
    auto image = co_await ports_.ledger.stream_image(sale, epoch, step_deadline());
    if (!image.ok()) co_return image.error();
    if (ports_.clock.now() - began < kAheadMax) image->ahead = std::move(*ahead);
    auto loaded = co_await ports_.gate.load_stream(sale, std::move(server), std::move(*image), ports_.clock.in(kLoadMax));
    if (!loaded.ok()) co_return loaded.error();
    if (*loaded == LoadVerdict::kWrongServer) co_return fail(Code::kUnavailable, "the gate's server changed meanwhile");
    if (*loaded == LoadVerdict::kEpochNotNewer) co_return fail(Code::kUnavailable, "the gate has a newer epoch than the ledger");
    auto opened = co_await ports_.ledger.open_gate(sale, epoch, step_deadline());
    if (!opened.ok()) co_return opened.error();

    co_await catch_up(sale, epoch);
    ports_.meter.count(Count::kRebuilds, 1);
    ports_.log.info(
        "rebuild", "gate open",
        {{"sale", std::to_string(sale.value())}, {"epoch", std::to_string(epoch.value())}}
    );
    if (opened_) opened_();
    co_return Done{};
}

// Until no node can promise for the old gate any more. Gives back what the new one has been told meanwhile.
Task<Result<ImageRows>> RebuildGate::revoke(SaleId sale, ServerId server, Epoch epoch) {
    Executor executor = co_await boost::asio::this_coro::executor;
    TaskGroup meanwhile(std::move(executor));
    Ahead ahead;
    meanwhile.spawn(load_ahead(sale, std::move(server), epoch, ahead));
    auto revoked = co_await ports_.leases.revoke_before(sale, epoch, step_deadline());
    ahead.over = true;
    co_await meanwhile.join();
    if (!revoked.ok()) co_return revoked.error();
    co_return std::move(ahead.taken);
}

// Whatever fails here, the load makes good.
Task<void> RebuildGate::load_ahead(SaleId sale, ServerId server, Epoch epoch, Ahead& ahead) {
    auto rows = co_await ports_.ledger.stream_rows(sale, step_deadline());
    if (!rows.ok()) co_return;
    auto until_over = std::make_shared<EndingSource>(std::move(*rows), ahead.over);
    auto taken = co_await ports_.gate.load_ahead(sale, std::move(server), epoch, std::move(until_over), ports_.clock.in(kLoadMax));
    if (taken.ok()) ahead.taken = std::move(*taken);
}

Task<Result<Done>> RebuildGate::wait_sealed(SaleId sale, Epoch epoch) {
    const Partition partition = partition_of(sale, ports_.queue.partitions());
    std::optional<Instant> sent;
    Millis poll = kSealPollFirst;
    while (!stopping_) {
        if (!sent || ports_.clock.now() - *sent >= kBarrierAgain) {
            Message barrier = Barrier{sale, epoch};
            auto published = co_await ports_.queue.publish(partition, std::move(barrier), step_deadline());
            if (!published.ok() && !is_unknown(published.error())) co_return published.error();
            sent = ports_.clock.now();
        }
        SnapshotQuery query;
        query.sale = sale;
        auto snapshot = co_await ports_.ledger.snapshot(std::move(query), step_deadline());
        if (!snapshot.ok()) co_return snapshot.error();
        if (snapshot->sale.epoch != epoch) co_return fail(Code::kConflict, "another rebuild began");
        if (snapshot->sealed_epoch.value() + 1 >= epoch.value()) co_return Done{};
        co_await pause(poll);
        poll = std::min(poll * 2, kSealPollMax);
    }
    co_return fail(Code::kStopped);
}

// What changed between the image and the load (stock added, sale paused) reached no gate: bring it now.
Task<void> RebuildGate::catch_up(SaleId sale, Epoch epoch) {
    SnapshotQuery query;
    query.sale = sale;
    auto snapshot = co_await ports_.ledger.snapshot(std::move(query), step_deadline());
    if (!snapshot.ok()) co_return;  // reconciliation will
    co_await sync_gate(ports_.gate, ports_.meter, truth_of(*snapshot), step_deadline());
    (void)co_await ports_.gate.set_state(sale, epoch, snapshot->sale.revision, snapshot->sale.state, step_deadline());
}

}  // namespace sluice
