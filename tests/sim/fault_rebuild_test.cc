// A gate that is lost, and nodes that sleep across its whole rebuild.

#include <gtest/gtest.h>

#include "sim/one_process.h"

namespace sluice::sim {
namespace {

constexpr Millis kNap{5'000};
constexpr Millis kHour{3'600'000};

// From the demand until the new gate serves.
void rebuild(OneProcess& world) {
    const Epoch before = world.sale_row().epoch;
    world.worker().rebuild().demand(world.sale());
    EXPECT_TRUE(
        world.run_until([&] { return world.worker().rebuild().running() == 0; }, Millis{2'000})
    );
    EXPECT_EQ(world.sale_row().epoch, next(before));
    EXPECT_EQ(world.gate()->epoch, next(before));
}

TEST(FaultNodePaused, BetweenGateAndPublishAcrossARebuildPromisesNothing) {
    OneProcess world;
    world.fail(late("queue.publish.orders", kNap, Millis{0}));
    const auto answer = world.ask("k1");
    world.run_for(Millis{100});
    rebuild(world);
    EXPECT_FALSE(answer->has_value());
    EXPECT_EQ(world.stock(), "10 left, 0 awaiting, 0 paid; gate 10 left, 0 held");
    EXPECT_TRUE(world.run_until([&] { return answer->has_value(); }, kNap));
    EXPECT_EQ(text(**answer), "503 outcome_unknown");
    EXPECT_EQ(world.counted(Count::kLeaseExpired), 1U);
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.counted(Count::kStaleDropped), 1U);
    EXPECT_EQ(world.state("k1"), "none");

    EXPECT_EQ(world.buy("k1"), "202") << "the retry is a fresh order";
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultNodePaused, RetryBeforeTheLateMessageIsTheOnlyOrder) {
    OneProcess world;
    world.fail(late("queue.publish.orders", kNap, Millis{0}));
    const auto paused = world.ask("k1");
    world.run_for(Millis{100});
    rebuild(world);
    EXPECT_EQ(world.insist("k1"), "202");
    EXPECT_TRUE(world.run_until([&] { return paused->has_value(); }, kNap));
    EXPECT_EQ(text(**paused), "503 outcome_unknown");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.counted(Count::kStaleDropped), 0U) << "the ledger knows the order: a duplicate";
    EXPECT_EQ(world.counted(Count::kDuplicates), 1U);
    EXPECT_EQ(world.stock(), "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultNodePaused, BetweenPublishAndReplyAcrossARebuildSaysUnknown) {
    OneProcess world;
    world.fail(late("queue.publish.orders", Millis{0}, kNap));
    const auto answer = world.ask("k1");
    world.run_for(Millis{100});
    rebuild(world);
    EXPECT_TRUE(world.run_until([&] { return answer->has_value(); }, kNap));
    EXPECT_EQ(text(**answer), "503 outcome_unknown");
    EXPECT_EQ(world.buy("k1"), "200 awaiting_payment") << "it was ahead of the barrier";
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultNodePaused, LongerThanItsLeaseSaysUnknownWithoutAnyRebuild) {
    OneProcess world;
    world.fail(late("queue.publish.orders", Millis{0}, Millis{4'000}));
    world.fail(failing("ledger.read_catalogue", Fault::kErrorBefore));
    EXPECT_EQ(world.buy("k1"), "503 outcome_unknown");
    EXPECT_EQ(world.counted(Count::kLeaseExpired), 1U);
    EXPECT_EQ(world.buy("k2", "bob"), "503 recovering") << "nothing was reserved for it";
    world.faults().heal();
    EXPECT_EQ(world.insist("k1"), "200 awaiting_payment");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultNodePaused, DefiniteRefusalOfAnOldEpochIsNotGiven) {
    Offer offer;
    offer.units = 1;
    OneProcess world(offer);
    EXPECT_EQ(world.buy("k1", "ann"), "202");
    EXPECT_TRUE(world.drain());
    world.fail(late("gate.reserve", Millis{0}, kNap));  // sold out, said late
    const auto late_answer = world.ask("k2", "bob");
    world.run_for(Millis{100});
    EXPECT_EQ(world.cancel("k1"), "cancelled");
    rebuild(world);
    EXPECT_TRUE(world.run_until([&] { return late_answer->has_value(); }, kNap));
    EXPECT_EQ(text(**late_answer), "503 recovering");
    EXPECT_EQ(world.buy("k2", "bob"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
}

// One order in every place that an order can be in.
class EveryPlace {
public:
    // The queued one settles so much later.
    explicit EveryPlace(Millis settles_in) : world(offer()) {
        sell("paid");
        EXPECT_EQ(world.pay("p1", "paid"), "applied");
        sell("sold");
        sell("given_back");
        EXPECT_EQ(world.cancel("given_back"), "cancelled");
        defer("buried", Code::kPermanent, 1);
        defer("parked", Code::kTransient, 3);
        world.fail(late("ledger.apply.settle", settles_in, Millis{0}));
        EXPECT_EQ(world.buy("queued", "queued"), "202");
        EXPECT_EQ(world.stock(), "8 left, 1 awaiting, 1 paid; gate 8 left, 3 held");
    }
    // What must be true when the new gate has come to rest.
    void expect_survived() {
        world.faults().heal();
        EXPECT_TRUE(world.drain());
        EXPECT_EQ(world.state("paid"), "paid");
        EXPECT_EQ(world.state("sold"), "awaiting_payment");
        EXPECT_EQ(world.state("given_back"), "cancelled buyer_cancelled");
        EXPECT_EQ(world.state("buried"), "buried 1");
        EXPECT_EQ(world.state("parked"), "awaiting_payment");
        EXPECT_EQ(world.state("queued"), "awaiting_payment");
        EXPECT_EQ(world.stock(), "6 left, 3 awaiting, 1 paid; gate 6 left, 1 held");
        EXPECT_EQ(world.buy("paid", "paid"), "200 paid");
        EXPECT_EQ(world.buy("queued", "queued"), "200 awaiting_payment");
        EXPECT_EQ(world.buy("buried", "buried"), "202");
        for (const std::string buyer : {"paid", "sold", "buried", "parked", "queued"}) {
            EXPECT_EQ(world.buy("more-" + buyer, buyer), "409 limit_reached");
        }
        EXPECT_TRUE(world.drain());
        EXPECT_EQ(world.audit(), "");
    }

    OneProcess world;

private:
    static Offer offer() {
        Offer offer;
        offer.limit = 1;
        offer.payment_window = kHour;
        return offer;
    }
    void sell(const std::string& name) {
        EXPECT_EQ(world.buy(name, name), "202");
        EXPECT_TRUE(world.drain());
    }
    void defer(const std::string& name, Code code, std::uint64_t failures) {
        world.fail(failing("ledger.apply.settle", Fault::kErrorBefore, failures, code));
        EXPECT_EQ(world.buy(name, name), "202");
        world.run_for(Millis{100});
        const bool parked = code == Code::kTransient;
        EXPECT_EQ(world.state(name), parked ? "parked 1" : "buried 1");
    }
};

TEST(FaultGateLost, ByARestartEveryPromiseSurvives) {
    EveryPlace places(kHour);
    places.world.kill();
    places.expect_survived();
}

TEST(FaultGateLost, ByARebuildWhileRunningEveryPromiseSurvives) {
    EveryPlace places(kNap);
    places.world.worker().rebuild().demand(places.world.sale());
    places.world.run_for(Millis{100});
    EXPECT_EQ(places.world.buy("new", "new"), "503 recovering")
        << "its lease is revoked: nothing is reserved";
    EXPECT_EQ(places.world.worker().rebuild().running(), 1U)
        << "the barrier waits for what is ahead of it";
    places.expect_survived();
    EXPECT_EQ(places.world.counted(Count::kRebuilds), 2U) << "the first start and this one";
}

TEST(FaultGateLost, LoadOfUnknownOutcomeStartsAgainWithTheNextEpoch) {
    OneProcess world;
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    const Epoch before = world.sale_row().epoch;
    world.fail(failing("gate.load", Fault::kUnknownAfter, 1));
    world.worker().rebuild().demand(world.sale());
    EXPECT_TRUE(world.run_until([&] { return world.worker().rebuild().running() == 0; }));
    EXPECT_EQ(world.sale_row().epoch, next(next(before)));
    EXPECT_EQ(world.stock(), "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
}

// What a gate is told while leases run out only saves work.
TEST(FaultGateLost, WhatItIsToldAheadMayFailInEveryWay) {
    for (const std::string call : {"ledger.rows", "gate.load_ahead"}) {
        for (const Fault fault : {Fault::kErrorBefore, Fault::kUnknownAfter}) {
            OneProcess world;
            EXPECT_EQ(world.buy("k1"), "202");
            EXPECT_TRUE(world.drain());
            world.fail(failing(call, fault));
            rebuild(world);
            EXPECT_EQ(world.stock(), "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held") << call;
            EXPECT_EQ(world.audit(), "") << call;
        }
    }
}

// As if the ledger had failed over and lost its last commit, which the gate has seen.
void lose_last_commit(OneProcess& world) {
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    world.sql(
        "DELETE FROM orders; DELETE FROM buyer_totals; DELETE FROM stock_movements WHERE version = "
        "3;"
        "UPDATE sale_stock SET version = 2, available = total, awaiting_payment = 0"
    );
}

ReconcileReport reconcile_by_hand(OneProcess& world, bool fix) {
    auto report = world.await(world.worker().reconcile().run(fix, Deadline::never()));
    SLUICE_CHECK(report.ok());
    return std::move(*report);
}

constexpr char kPausedByReconcile[] = "audit_log WHERE actor = 'reconcile' AND action = 'pause'";

TEST(FaultLedgerBehindGate, PausesTheSaleAndCallsAPersonOnce) {
    OneProcess world;
    lose_last_commit(world);
    world.run_for(Millis{95'000});
    EXPECT_EQ(world.counted(Count::kReconcileFindings), 3U) << "at every look: the alert stays on";
    EXPECT_EQ(world.counted(Count::kReconcileRepairs), 0U);
    EXPECT_TRUE(world.process().log().contains("gate ahead of ledger", LogLevel::kError));
    EXPECT_EQ(world.rows("reconcile_findings"), 1);
    EXPECT_EQ(world.rows(kPausedByReconcile), 1);
    EXPECT_EQ(world.sale_row().state, SaleState::kPaused);
    EXPECT_EQ(world.gate()->available, 9) << "nothing is repaired by itself";
    EXPECT_EQ(world.buy("k2", "bob"), "409 paused");
    EXPECT_NE(world.audit(), "");
}

TEST(FaultLedgerBehindGate, IsRebuiltByAPersonsWordAndResumed) {
    OneProcess world;
    lose_last_commit(world);
    world.run_for(Millis{35'000});
    const Epoch before = world.sale_row().epoch;
    EXPECT_EQ(reconcile_by_hand(world, false).findings.size(), 1U) << "only a look";
    world.run_for(Millis{1'000});
    EXPECT_EQ(world.sale_row().epoch, before);

    const ReconcileReport report = reconcile_by_hand(world, true);
    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_EQ(report.findings.front().drift, 1);
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.sale_row().epoch, next(before));
    EXPECT_EQ(world.stock(), "10 left, 0 awaiting, 0 paid; gate 10 left, 0 held");
    EXPECT_EQ(world.buy("k2", "bob"), "409 paused") << "the person also has to resume it";
    EXPECT_TRUE(world.set_state(SaleState::kOpen).ok());
    EXPECT_EQ(world.buy("k2", "bob"), "202");
    EXPECT_TRUE(world.drain());
    world.run_for(Millis{65'000});
    EXPECT_EQ(world.sale_row().state, SaleState::kOpen);
    EXPECT_EQ(world.rows("reconcile_findings"), 2) << "the finding, and the person's repair";
}

TEST(FaultLedgerBehindGate, ResumedWithoutARebuildIsPausedAgain) {
    OneProcess world;
    lose_last_commit(world);
    world.run_for(Millis{35'000});
    EXPECT_TRUE(world.set_state(SaleState::kOpen).ok());
    EXPECT_EQ(world.buy("k2", "bob"), "409 paused") << "the gate hears nobody until it is rebuilt";
    world.run_for(Millis{35'000});
    EXPECT_EQ(world.sale_row().state, SaleState::kPaused);
    EXPECT_EQ(world.rows(kPausedByReconcile), 2);
    EXPECT_EQ(world.rows("reconcile_findings"), 2);
}

// Open, paused, resumed: the ledger lost the last two, so its revisions are older than the gate's.
TEST(FaultLedgerBehindGate, AlsoWhenTheOperatorsCommitsAreLost) {
    OneProcess world;
    EXPECT_TRUE(world.set_state(SaleState::kPaused).ok());
    EXPECT_TRUE(world.set_state(SaleState::kOpen).ok());
    lose_last_commit(world);
    world.sql("UPDATE sales SET revision = 2");
    world.run_for(Millis{35'000});
    EXPECT_EQ(world.sale_row().state, SaleState::kPaused);
    EXPECT_EQ(world.buy("k2", "bob"), "409 paused");
}

}  // namespace
}  // namespace sluice::sim
