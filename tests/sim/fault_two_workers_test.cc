// Two workers on one sale: an old one that lives on as a zombie, and two that compete.

#include <gtest/gtest.h>

#include "app/expired_leases.h"
#include "sim/one_process.h"

namespace sluice::sim {
namespace {

// Settles the world's partition beside the world's own worker: with its own connection to the
// ledger and its own consumer, as after a failover that the first worker did not notice.
class SecondWorker {
public:
    explicit SecondWorker(OneProcess& world) : SecondWorker(world, sole(), nullptr) {}
    // Beside the first one at the same broker, which gives a partition to one of them at a time.
    SecondWorker(OneProcess& world, const Leadership& leadership)
        : SecondWorker(world, leadership, &world.process().ports().queue) {}
    SecondWorker(OneProcess& world, const Leadership& leadership, OrderQueue* queue)
        : world_(world),
          lane_(world.process().context().get_executor()),
          store_(open(world, lane_, log_)),
          ledger_(*store_, world.process().clock()),
          queue_(*store_, kPartitions, world.process().clock(), kTiers),
          ports_(with_own_stores(world.process(), leadership, queue)),
          defer_(ports_, kTiers),
          settler_(ports_, defer_, world.process().node().pay, world.partition(), work_hint_),
          tasks_(world.process().context().get_executor()) {
        tasks_.spawn(settler_.run());
    }
    // Call before the world's process goes.
    void stop() {
        settler_.stop();
        world_.await(joined(tasks_));
    }
    std::uint64_t counted(Count what) const { return meter_.counted(what); }
    std::uint64_t batches_settled() const { return meter_.observations(Timing::kBatchOrders); }

private:
    static const Leadership& sole() {
        static const SoleLeader leader;
        return leader;
    }
    static std::unique_ptr<Store> open(OneProcess& world, Lane& lane, Log& log) {
        auto store = Store::open(world.store_options(), lane, lane, log);
        SLUICE_CHECK(store.ok());
        return std::move(*store);
    }
    static Task<bool> joined(TaskGroup& tasks) {
        co_await tasks.join();
        co_return true;
    }
    Ports with_own_stores(
        SimProcess& process, const Leadership& leadership, OrderQueue* shared_queue
    ) {
        OrderQueue& queue = shared_queue == nullptr ? queue_ : *shared_queue;
        const Ports shared = process.ports();
        return {process.gate(), queue,      ledger_,         shared.orders,  shared.sales, events_,
                shared.leases,  leadership, process.clock(), shared.entropy, meter_,       log_, shared.reviews, shared.outbox, shared.pages, shared.cache};
    }

    OneProcess& world_;
    TestLog log_;
    TestMeter meter_;
    InlineLane lane_;
    std::unique_ptr<Store> store_;
    SqliteLedger ledger_;
    SqliteOrderQueue queue_;
    MemoryEvents events_;
    Event work_hint_;
    const Ports ports_;
    DeferOrders defer_;
    SettleOrders settler_;
    TaskGroup tasks_;
};

TEST(FaultTwoWorkers, ZombieThatWakesUpConflictsAndFindsADuplicate) {
    OneProcess world;
    world.fail(late("ledger.apply.settle", Millis{5'000}, Millis{0}));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{100});
    SecondWorker second(world);
    world.run_for(Millis{1'000});
    EXPECT_EQ(world.stock(), "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held");
    EXPECT_EQ(world.queued(), 0U) << "acked by the second worker";
    world.run_for(Millis{5'000});
    EXPECT_EQ(world.counted(Count::kVersionConflicts), 1U);
    EXPECT_EQ(world.counted(Count::kDuplicates), 1U);
    second.stop();
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), "9 left, 1 awaiting, 0 paid; gate 9 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultTwoWorkers, ZombieThatAcksLateTakesNothingAway) {
    OneProcess world;
    world.fail(late("consumer.ack", Millis{5'000}, Millis{0}));
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{100});
    EXPECT_EQ(world.buy("k2", "bob"), "202");
    world.run_for(Millis{6'000});
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.stock(), "8 left, 2 awaiting, 0 paid; gate 8 left, 0 held");
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultTwoWorkers, CompetingOnEveryOrderSettleEachOnce) {
    std::uint64_t conflicts = 0;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        OneProcess world(Offer{}, seed);
        Prng chance(seed);
        world.faults().delay_randomly(chance, world.process().clock(), Millis{400});
        SecondWorker second(world);
        std::vector<Answer<PlaceReply>> answers;
        for (int order = 0; order < 8; ++order) {
            const std::string name = "k" + std::to_string(order);
            answers.push_back(world.ask(name, name));
            world.run_for(Millis{static_cast<std::int64_t>(chance.below(600))});
        }
        EXPECT_TRUE(world.drain());
        for (const auto& answer : answers) EXPECT_EQ(text(**answer), "202");
        EXPECT_EQ(world.stock(), "2 left, 8 awaiting, 0 paid; gate 2 left, 0 held")
            << "seed " << seed;
        EXPECT_EQ(world.audit(), "") << "seed " << seed;
        conflicts +=
            world.counted(Count::kVersionConflicts) + second.counted(Count::kVersionConflicts);
        second.stop();
    }
    EXPECT_GT(conflicts, 0U) << "they never met";
}

TEST(FaultTwoWorkers, PartitionIsHandedOverToTheWorkerThatShouldHaveIt) {
    OneProcess world;
    const SimLeadership preference;
    world.process().leadership().preferred = false;  // the world's own worker only stands by from now on
    SecondWorker second(world, preference);
    world.run_for(Millis{8'000});  // hand_over_after, and then some
    EXPECT_EQ(world.buy("k1"), "202");
    world.run_for(Millis{1'000});
    EXPECT_EQ(second.batches_settled(), 1U);
    second.stop();
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
}

// Two workers that both believe that gates are theirs to look after, as while leadership changes hands. Like the stack's they
// wait for leases to run out.
class TwoRebuilders {
public:
    explicit TwoRebuilders(OneProcess& world)
        : world_(world),
          ledger_(world.process().ports().ledger),
          leases_(own_lease_, ledger_, world.process().clock()),
          tasks_(world.process().context().get_executor()),
          one_(ports(), world.process().lease(), tasks_, {}),
          other_(ports(), world.process().lease(), tasks_, {}) {
        world.process().leadership().leading = false;  // the world's own worker rebuilds nothing
    }
    RebuildGate& one() { return one_; }
    RebuildGate& other() { return other_; }
    bool idle() const { return one_.running() + other_.running() == 0; }
    void look(RebuildGate& worker) { world_.await(looked(worker)); }
    // One begins, somebody else begins later and is never heard of again, and one gives way.
    void begin_and_be_overtaken() {
        one_.demand(world_.sale());
        world_.run_for(Millis{1'000});
        ASSERT_TRUE(world_.await(ledger_.begin_epoch(world_.sale(), Deadline::never())).ok());
        ASSERT_TRUE(world_.run_until([&] { return idle(); }, Millis{4'000}));
    }

private:
    Task<bool> looked(RebuildGate& rebuild) {
        co_await rebuild.watch_once(Deadline{world_.process().clock().now() + Millis{1'000}});
        co_return true;
    }
    Ports ports() {
        const Ports all = world_.process().ports();
        return {all.gate, all.queue, all.ledger,  all.orders, all.sales, all.events,  leases_,   all.leadership,
                all.clock, all.entropy, all.meter, all.log,    all.reviews, all.outbox, all.pages, all.cache};
    }

    OneProcess& world_;
    Ledger& ledger_;
    CatalogueLease own_lease_;
    ExpiredLeases leases_;
    TaskGroup tasks_;
    RebuildGate one_;
    RebuildGate other_;
};

TEST(FaultTwoWorkers, OfTwoRebuildsTheEarlierGivesWay) {
    OneProcess world;
    TwoRebuilders workers(world);
    const Epoch before = world.sale_row().epoch;
    workers.one().demand(world.sale());
    world.run_for(Millis{1'000});
    workers.other().demand(world.sale());
    EXPECT_TRUE(world.run_until([&] { return workers.idle(); }, Millis{6'000}));
    EXPECT_EQ(world.sale_row().epoch, next(next(before)));
    EXPECT_EQ(world.sale_row().gate_state, GateState::kOpen);
    EXPECT_EQ(world.gate()->epoch, next(next(before)));
}

TEST(FaultTwoWorkers, GateThatWasOpenedSinceTheCatalogueWasReadIsLeftAlone) {
    OneProcess world;
    TwoRebuilders workers(world);
    const Epoch before = world.sale_row().epoch;
    workers.one().demand(world.sale());
    ASSERT_TRUE(world.run_until([&] { return workers.idle(); }, Millis{6'000}));
    const Sale* read = world.process().lease().read()->find(world.sale());
    ASSERT_NE(read, nullptr);
    ASSERT_EQ(read->gate_state, GateState::kRecovering) << "as it was before";
    for (RebuildGate* worker : {&workers.one(), &workers.other()}) workers.look(*worker);
    EXPECT_TRUE(workers.idle());
    EXPECT_EQ(world.sale_row().epoch, next(before));
}

TEST(FaultTwoWorkers, TwoWhoBothLookAfterGatesAgreeOnOne) {
    OneProcess world;
    TwoRebuilders workers(world);
    const Epoch before = world.sale_row().epoch;
    workers.one().demand(world.sale());
    world.run_for(Millis{500});
    for (int turn = 0; turn < 40; ++turn) {
        workers.look(workers.one());
        workers.look(workers.other());
        world.run_for(Millis{500});
    }
    EXPECT_TRUE(workers.idle());
    EXPECT_EQ(world.sale_row().gate_state, GateState::kOpen);
    EXPECT_EQ(world.gate()->epoch, world.sale_row().epoch);
    EXPECT_LE(world.sale_row().epoch.value(), before.value() + 3) << "they undid each other's work";
    EXPECT_EQ(world.buy("k1"), "202");
    EXPECT_TRUE(world.drain());
    EXPECT_EQ(world.audit(), "");
}

TEST(FaultTwoWorkers, AGateIsRebuiltAfterAllWhenWhoWentOnDies) {
    OneProcess world;
    TwoRebuilders workers(world);
    RebuildGate& one = workers.one();
    workers.begin_and_be_overtaken();
    world.run_for(Millis{5'000});
    workers.look(one);
    EXPECT_TRUE(workers.idle()) << "it gives way";
    EXPECT_EQ(world.sale_row().gate_state, GateState::kRecovering);
    world.run_for(Millis{2'000});
    workers.look(one);
    EXPECT_EQ(one.running(), 1U);
    EXPECT_TRUE(world.run_until([&] { return workers.idle(); }, Millis{6'000}));
    EXPECT_EQ(world.sale_row().gate_state, GateState::kOpen);
}

TEST(FaultTwoWorkers, TheNextWaitIsLongerOnlyWhileTheGateStaysShut) {
    OneProcess world;
    TwoRebuilders workers(world);
    RebuildGate& one = workers.one();
    one.demand(world.sale());
    world.run_for(Millis{1'000});
    workers.other().demand(world.sale());
    ASSERT_TRUE(world.run_until([&] { return workers.idle(); }, Millis{6'000}));
    world.run_for(Millis{1'500});  // until the catalogue says so
    workers.look(one);
    ASSERT_TRUE(workers.idle()) << "the gate is open";
    for (const Millis wait : {Millis{6'000}, Millis{12'000}}) {
        workers.begin_and_be_overtaken();
        world.run_for(wait - Millis{1'000});
        workers.look(one);
        EXPECT_EQ(one.running(), 0U) << wait.count() << " ms are not over";
        world.run_for(Millis{2'000});
        workers.look(one);
        EXPECT_EQ(one.running(), 1U) << "after " << wait.count() << " ms";
    }
    EXPECT_TRUE(world.run_until([&] { return workers.idle(); }, Millis{6'000}));
    EXPECT_EQ(world.sale_row().gate_state, GateState::kOpen);
}

TEST(FaultTwoWorkers, WhoSleptThroughAnothersRebuildLeavesItsGateAlone) {
    OneProcess world;
    TwoRebuilders workers(world);
    const Epoch before = world.sale_row().epoch;
    world.fail(late("gate.load", Millis{9'000}, Millis{0}));
    workers.one().demand(world.sale());
    world.run_for(Millis{4'000});  // its load is under way
    workers.other().demand(world.sale());
    EXPECT_TRUE(world.run_until([&] { return workers.other().running() == 0; }, Millis{4'500}));
    EXPECT_EQ(world.gate()->epoch, next(next(before)));
    EXPECT_TRUE(world.run_until([&] { return workers.idle(); }, Millis{9'000}));
    EXPECT_EQ(world.sale_row().epoch, next(next(before)));
    EXPECT_EQ(world.sale_row().gate_state, GateState::kOpen);
}

}  // namespace
}  // namespace sluice::sim
