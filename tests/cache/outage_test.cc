// The cache when the store or the database is away, slow, or flooded. Virtual time.

#include <gtest/gtest.h>

#include "cache/cache_process.h"

namespace sluice::cache {
namespace {

using Mode = FaultyStore::Mode;

class OutageTest : public testing::Test {
protected:
    OutageTest() {
        for (int i = 0; i < 100; ++i) world.database.rows[key(i)] = "old";
    }
    static std::string key(int i) { return "k" + std::to_string(i); }
    std::string get(const std::string& which, Millis patience = Millis{60'000}) {
        return text_of(world.stage.run(cache().get(which, world.stage.in(patience))));
    }
    TextCache& cache() { return world.process().cache(); }
    Stats stats() { return cache().stats(); }
    FaultyStore& store() { return world.process().store(); }
    ContextStats shared() { return world.process().shared().stats(); }

    World world;
};

TEST_F(OutageTest, WithoutAStoreTheFirstLevelServesUntilHardAndRefreshesAlone) {
    get(key(0));
    store().set(Mode::kAway);
    for (int i = 0; i < 30; ++i) get(key(1 + i % 3));
    EXPECT_TRUE(shared().breaker_open);
    world.database.rows[key(0)] = "new";
    EXPECT_EQ(get(key(0)), "old") << "fresh: nobody can invalidate through a store that is away";
    world.stage.time().advance(Millis{60'000});
    EXPECT_EQ(get(key(0)), "old");
    world.stage.play(Millis{1});
    EXPECT_EQ(get(key(0)), "new") << "refreshed from the database by this process alone";
    EXPECT_EQ(world.stored(key(0)), "old") << "nothing was committed";
}

TEST_F(OutageTest, WithoutAStoreAColdKeyIsOneLoadAnOutageTtl) {
    store().set(Mode::kAway);
    world.database.takes = Millis{5};
    for (int i = 0; i < 40; ++i) get(key(50 + i));  // opens the breaker
    world.database.loads = 0;
    for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(get(key(0)), "old");
        world.stage.play(Millis{10});
    }
    EXPECT_GE(world.database.loads, 2U);
    EXPECT_LE(world.database.loads, 4U) << "2 s, fresh for 1 s each";
}

TEST_F(OutageTest, AHungStoreCostsFiveMillisecondsForAFewCallsThenNothing) {
    for (int i = 0; i < 30; ++i) get(key(i));
    store().set(Mode::kHangs);
    const std::size_t before = store().calls();
    std::size_t slow = 0;
    for (int i = 0; i < 400; ++i) {
        const Instant began = world.stage.time().now();
        EXPECT_EQ(get("absent" + std::to_string(i)), "-");
        const auto took = world.stage.time().now() - began;
        EXPECT_LE(took, Millis{10});
        slow += took >= Millis{4} ? 1 : 0;
    }
    EXPECT_LE(slow, 50U);
    EXPECT_LE(store().calls() - before, 50U);
    EXPECT_TRUE(shared().breaker_open);
}

TEST_F(OutageTest, AHungStoreStallsAFloodNoLonger) {
    store().set(Mode::kHangs);
    std::vector<std::shared_ptr<std::optional<Result<std::optional<std::string>>>>> readers;
    for (int i = 0; i < 2'000; ++i) {  // 20 a millisecond
        readers.push_back(world.stage.start(
            cache().get("flood" + std::to_string(i), world.stage.in(Millis{1'000}))
        ));
        if (i % 20 == 19) world.stage.play(Millis{1});
    }
    for (const auto& reader : readers) EXPECT_EQ(text_of(world.stage.wait_for(reader)), "-");
    EXPECT_LE(store().calls(), 80U);
}

TEST_F(OutageTest, AStoreThatComesBackIsProbedAndUsedAgain) {
    store().set(Mode::kAway);
    for (int i = 0; i < 40; ++i) get("x" + std::to_string(i));
    ASSERT_TRUE(shared().breaker_open);
    store().set(Mode::kWell);
    for (int i = 0; i < 100 && shared().breaker_open; ++i) {
        get("y" + std::to_string(i));
        world.stage.play(Millis{100});
    }
    EXPECT_FALSE(shared().breaker_open);
    EXPECT_EQ(get(key(7)), "old");
    EXPECT_EQ(world.stored(key(7)), "old");
}

TEST_F(OutageTest, ASilentFeedSendsReadersToTheStoreInsteadOfL1) {
    get(key(0));
    store().silence_feed();
    EXPECT_FALSE(cache().peek(key(0)));
    const std::size_t before = store().reads();
    EXPECT_EQ(get(key(0)), "old");
    EXPECT_EQ(store().reads(), before + 1);
    EXPECT_EQ(world.database.loads, 1U);
}

TEST_F(OutageTest, AMissedInvalidationEmptiesTheFirstLevel) {
    get(key(0));
    EXPECT_TRUE(cache().peek(key(0)));
    world.memory.lose_everything();
    EXPECT_FALSE(cache().peek(key(0)));
    EXPECT_EQ(stats().of(Event::kL1Flushed), 1U);
    EXPECT_EQ(get(key(0)), "old");
    EXPECT_EQ(world.database.loads, 2U);
}

TEST_F(OutageTest, ADatabaseThatIsDownForThirtySecondsShowsNoErrorWhileAStaleCopyExists) {
    for (int i = 0; i < 100; ++i) get(key(i));
    world.stage.time().advance(Millis{60'000});
    world.database.down = true;
    world.database.takes = Millis{20};
    world.database.loads = 0;
    const Instant end = world.stage.time().now() + Millis{30'000};
    int reads = 0;
    while (world.stage.time().now() < end) {
        for (int i = 0; i < 100; ++i, ++reads) {
            const Instant before = world.stage.time().now();
            ASSERT_EQ(get(key(i)), "old");
            ASSERT_EQ(world.stage.time().now(), before) << "nobody waits who has a stale copy";
        }
        world.stage.play(Millis{100});
    }
    EXPECT_GT(reads, 25'000);
    // 100 ms · 2^n up to 10 s: about 8 tries for each key in 30 s.
    EXPECT_LE(world.database.loads, 100U * 9);
    EXPECT_EQ(get("never seen"), "!unavailable");
    world.database.down = false;
    for (int i = 0; i < 100; ++i) world.database.rows[key(i)] = "new";
    for (int tick = 0; tick < 120; ++tick) {
        for (int i = 0; i < 100; ++i) get(key(i));
        world.stage.play(Millis{100});
    }
    for (int i = 0; i < 100; ++i) EXPECT_EQ(get(key(i)), "new") << i;
}

TEST_F(OutageTest, AStoreThatIsOnlyLateIsAskedAgainBeforeAReaderHearsOfADeadDatabase) {
    get("k1");
    auto& other = world.add_process();
    world.stage.play(Millis{60'000});
    world.database.down = true;
    other.store().take(Millis{8});  // more than a read waits for, less than a write
    const auto shown = world.stage.run(other.cache().get("k1", world.stage.in(Millis{1'000})));
    EXPECT_EQ(text_of(shown), "old") << "a stale copy exists";
    EXPECT_EQ(world.database.running_peak, 1U);
    other.store().take(Millis{0});
    other.store().set(FaultyStore::Mode::kAway);
    const auto none = world.stage.run(other.cache().get("k2", world.stage.in(Millis{1'000})));
    EXPECT_EQ(text_of(none), "!unavailable") << "nothing is left to ask";
}

TEST_F(OutageTest, AColdKeyWhoseLoadsFailCostsTheDatabaseOneQueryABackoff) {
    world.database.down = true;
    for (int i = 0; i < 1'000; ++i) {
        EXPECT_EQ(get("cold"), "!unavailable");
        world.stage.play(Millis{1});
    }
    EXPECT_LE(world.database.loads, 5U) << "at 0, 100, 300, 700 ms, and one to spare";
    EXPECT_GE(world.database.loads, 3U);
}

TEST_F(OutageTest, WithoutStoreAndDatabaseItBacksOffToo) {
    store().set(Mode::kAway);
    for (int i = 0; i < 40; ++i) get("x" + std::to_string(i));
    world.database.down = true;
    world.database.loads = 0;
    for (int i = 0; i < 1'000; ++i) {
        EXPECT_EQ(get("cold"), "!unavailable");
        world.stage.play(Millis{1});
    }
    EXPECT_LE(world.database.loads, 6U);
}

TEST_F(OutageTest, WithoutAStoreAFailedKeyDoesNotMakeOthersRest) {
    store().set(Mode::kAway);
    for (int i = 0; i < 40; ++i) get("x" + std::to_string(i));
    world.database.down = true;
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(get("cold"), "!unavailable");
        world.stage.play(Millis{2'000});
    }
    EXPECT_EQ(get("colder"), "!unavailable") << "its first failure";
    world.database.down = false;
    world.database.rows["colder"] = "there";
    world.stage.play(Millis{150});
    EXPECT_EQ(get("colder"), "there") << "after its own first rest of 100 ms";
}

TEST_F(OutageTest, MassExpiryNeverLoadsMoreThanKAtOnceAndNobodyWaits) {
    constexpr int kKeys = 20'000;
    world.shared.loads_max = 8;
    auto& flooded = world.add_process();
    for (int i = 0; i < kKeys; ++i) world.database.rows["m" + std::to_string(i)] = "old";
    for (int from = 0; from < kKeys; from += 500) {
        std::vector<std::string> keys;
        for (int i = from; i < from + 500; ++i) keys.push_back("m" + std::to_string(i));
        (void
        )world.stage.run(flooded.cache().get_many(std::move(keys), world.stage.in(Millis{10'000})));
    }
    ASSERT_EQ(flooded.cache().stats().l1_entries, static_cast<std::uint64_t>(kKeys));
    world.stage.time().advance(Millis{60'000});
    world.database.takes = Millis{5};
    world.database.running_peak = 0;
    for (int round = 0; round < 30; ++round) {
        for (int i = round % 7; i < kKeys; i += 7) {
            const Instant before = world.stage.time().now();
            ASSERT_EQ(
                text_of(world.stage.run(
                    flooded.cache().get("m" + std::to_string(i), world.stage.in(Millis{100}))
                )),
                "old"
            );
            ASSERT_EQ(world.stage.time().now(), before);
        }
        world.stage.play(Millis{20});
        ASSERT_LE(flooded.shared().stats().loads, 8U);
    }
    EXPECT_LE(world.database.running_peak, 8U);
    EXPECT_EQ(flooded.shared().stats().loads_peak, 8U);
    EXPECT_GT(flooded.cache().stats().of(Event::kCommitStored), static_cast<std::uint64_t>(kKeys));
}

TEST_F(OutageTest, ColdKeysBeyondTheBulkheadsQueueAreRefused) {
    world.shared.loads_max = 4;
    world.shared.load_queue_max = 16;
    auto& flooded = world.add_process();
    world.database.takes = Millis{50};
    std::vector<std::shared_ptr<std::optional<Result<std::optional<std::string>>>>> readers;
    for (int i = 0; i < 100; ++i) {
        readers.push_back(world.stage.start(
            flooded.cache().get("c" + std::to_string(i), world.stage.in(Millis{5'000}))
        ));
    }
    std::map<std::string, int> seen;
    for (const auto& reader : readers) ++seen[text_of(world.stage.wait_for(reader))];
    EXPECT_EQ(seen["-"], 20);
    EXPECT_EQ(seen["!overloaded"], 80);
    EXPECT_EQ(world.database.loads, 20U);
    EXPECT_EQ(world.database.running_peak, 4U);
    EXPECT_EQ(flooded.cache().stats().of(Event::kRefused), 80U);
    EXPECT_EQ(flooded.shared().stats().loads_refused, 80U);
}

TEST_F(OutageTest, ReadersThatWaitGoBeforeRefreshesOfWhatIsStillServed) {
    world.shared.loads_max = 1;
    auto& process = world.add_process();
    for (int i = 0; i < 20; ++i)
        (void)world.stage.run(process.cache().get(key(i), world.stage.in(Millis{1'000})));
    world.stage.time().advance(Millis{60'000});
    world.database.takes = Millis{100};
    for (int i = 0; i < 20; ++i)
        (void)world.stage.run(process.cache().get(key(i), world.stage.in(Millis{1'000})));
    world.stage.settle();
    const Instant before = world.stage.time().now();
    EXPECT_EQ(
        text_of(world.stage.run(process.cache().get("cold", world.stage.in(Millis{5'000})))), "-"
    );
    EXPECT_LE(world.stage.time().now() - before, Millis{210}) << "the load under way, and its own";
}

}  // namespace
}  // namespace sluice::cache
