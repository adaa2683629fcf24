// The cache over a store in memory, on virtual time: what readers get, what the database is asked,
// and when.

#include <gtest/gtest.h>

#include "cache/cache_process.h"

namespace sluice::cache {
namespace {

class CacheTest : public testing::Test {
protected:
    CacheTest() {
        world.database.rows["a"] = "one";
        world.add_process();
    }

    std::string get(const std::string& key = "a", Millis patience = Millis{60'000}) {
        return text_of(world.stage.run(cache().get(key, world.stage.in(patience))));
    }
    TextCache& cache() { return world.process().cache(); }
    Stats stats() { return cache().stats(); }

    World world;
};

TEST_F(CacheTest, LoadsOnceAndThenAnswersFromL1) {
    EXPECT_EQ(get(), "one");
    EXPECT_EQ(get(), "one");
    const auto glance = cache().peek("a");
    ASSERT_TRUE(glance);
    EXPECT_EQ(*glance->value, "one");
    EXPECT_EQ(world.database.loads, 1U);
    EXPECT_EQ(stats().of(Event::kLoaded), 1U);
    EXPECT_EQ(stats().of(Event::kL1Fresh), 2U);
    EXPECT_EQ(stats().l1_entries, 1U);
}

TEST_F(CacheTest, AnotherProcessGetsItFromTheStore) {
    EXPECT_EQ(get(), "one");
    auto& other = world.add_process();
    EXPECT_EQ(text_of(world.stage.run(other.cache().get("a", world.stage.in(Millis{100})))), "one");
    EXPECT_EQ(world.database.loads, 1U);
    EXPECT_EQ(other.cache().stats().of(Event::kL2Fresh), 1U);
}

TEST_F(CacheTest, AStaleValueIsAnsweredAtOnceWhileOneRebuildGoesOn) {
    get();
    world.database.rows["a"] = "two";
    world.database.takes = Millis{50};
    world.stage.time().advance(Millis{60'000});
    const Instant before = world.stage.time().now();
    EXPECT_EQ(get(), "one");
    EXPECT_EQ(get(), "one");
    EXPECT_EQ(world.stage.time().now(), before) << "nobody waited";
    world.stage.play(Millis{60});
    EXPECT_EQ(get(), "two");
    EXPECT_EQ(world.database.loads, 2U);
    EXPECT_EQ(stats().of(Event::kL1Stale), 2U);
}

TEST_F(CacheTest, AStaleValueOfTheStoreIsAnsweredToo) {
    get();
    world.database.rows["a"] = "two";
    world.database.takes = Millis{50};
    world.stage.time().advance(Millis{60'000});
    auto& other = world.add_process();
    EXPECT_EQ(text_of(world.stage.run(other.cache().get("a", world.stage.in(Millis{1})))), "one");
    EXPECT_EQ(other.cache().stats().of(Event::kL2Stale), 1U);
    world.stage.play(Millis{60});
    EXPECT_EQ(text_of(world.stage.run(other.cache().get("a", world.stage.in(Millis{1})))), "two");
}

TEST_F(CacheTest, NothingIsServedPastHard) {
    get();
    world.database.rows["a"] = "two";
    world.stage.time().advance(Millis{60'000 + 600'000});
    EXPECT_EQ(get(), "two");
    world.database.down = true;
    world.stage.time().advance(Millis{60'000 + 600'000});
    EXPECT_EQ(get(), "!unavailable");
}

TEST_F(CacheTest, AbsentRowsAreRememberedForAShortWhile) {
    EXPECT_EQ(get("b"), "-");
    EXPECT_EQ(get("b"), "-");
    const auto glance = cache().peek("b");
    ASSERT_TRUE(glance);
    EXPECT_EQ(glance->value, nullptr);
    EXPECT_EQ(world.database.loads, 1U);
    EXPECT_EQ(stats().of(Event::kNull), 3U);
    world.database.rows["b"] = "born";
    world.stage.time().advance(Millis{5'000});
    EXPECT_EQ(get("b"), "born");
}

TEST_F(CacheTest, TheFilterAnswersWithoutAnyIo) {
    world.filter = [](const std::string& key) { return key == "a"; };
    auto& filtered = world.add_process();
    EXPECT_EQ(text_of(world.stage.run(filtered.cache().get("b", world.stage.in(Millis{1})))), "-");
    EXPECT_TRUE(filtered.cache().peek("b"));
    EXPECT_EQ(world.database.loads, 0U);
    EXPECT_EQ(filtered.store().calls(), 0U);
    EXPECT_EQ(filtered.cache().stats().of(Event::kAbsentByFilter), 2U);
}

TEST_F(CacheTest, ReadersOfOneKeyShareOneFlightAndItsError) {
    world.database.takes = Millis{20};
    std::vector<decltype(world.stage.start(cache().get("a", world.stage.in(Millis{100}))))> readers;
    for (int i = 0; i < 100; ++i)
        readers.push_back(world.stage.start(cache().get("a", world.stage.in(Millis{100}))));
    for (const auto& reader : readers) EXPECT_EQ(text_of(world.stage.wait_for(reader)), "one");
    EXPECT_EQ(world.database.loads, 1U);
    EXPECT_EQ(world.process().store().reads(), 1U);

    world.database.down = true;
    readers.clear();
    for (int i = 0; i < 100; ++i)
        readers.push_back(world.stage.start(cache().get("b", world.stage.in(Millis{100}))));
    for (const auto& reader : readers)
        EXPECT_EQ(text_of(world.stage.wait_for(reader)), "!unavailable");
    EXPECT_EQ(world.database.loads, 2U);
    EXPECT_EQ(stats().of(Event::kFailed), 100U);
}

TEST_F(CacheTest, AWaiterLeavesAtItsDeadlineAndTheLoadGoesOn) {
    world.database.takes = Millis{200};
    EXPECT_EQ(get("a", Millis{50}), "!timeout");
    EXPECT_EQ(stats().of(Event::kRefused), 1U);
    world.stage.play(Millis{200});
    EXPECT_EQ(get("a", Millis{1}), "one");
    EXPECT_EQ(world.database.loads, 1U);
}

TEST_F(CacheTest, TooManyWaitersAreRefusedAndNeverSentToTheDatabase) {
    world.options.waiters_max = 10;
    auto& small = world.add_process();
    world.database.takes = Millis{20};
    std::vector<std::shared_ptr<std::optional<Result<std::optional<std::string>>>>> readers;
    for (int i = 0; i < 15; ++i)
        readers.push_back(world.stage.start(small.cache().get("a", world.stage.in(Millis{100}))));
    std::map<std::string, int> seen;
    for (const auto& reader : readers) ++seen[text_of(world.stage.wait_for(reader))];
    EXPECT_EQ(seen["one"], 10);
    EXPECT_EQ(seen["!overloaded"], 5);
    EXPECT_EQ(world.database.loads, 1U);
}

TEST_F(CacheTest, WaitersThatLeftMakeRoomForOthers) {
    world.options.waiters_max = 10;
    auto& small = world.add_process();
    world.database.takes = Millis{1'000};
    for (int i = 0; i < 10; ++i)
        (void)world.stage.start(small.cache().get("a", world.stage.in(Millis{10})));
    world.stage.play(Millis{20});
    EXPECT_EQ(
        text_of(world.stage.run(small.cache().get("a", world.stage.in(Millis{5'000})))), "one"
    );
}

TEST_F(CacheTest, ManyKeysCostOneReadOneQueryOneCommit) {
    std::vector<std::string> keys;
    for (int i = 0; i < 50; ++i) {
        keys.push_back("k" + std::to_string(i));
        if (i % 2 == 0) world.database.rows[keys.back()] = "v" + std::to_string(i);
    }
    auto answers = world.stage.run(cache().get_many(keys, world.stage.in(Millis{100})));
    ASSERT_EQ(answers.size(), 50U);
    for (std::size_t i = 0; i < 50; ++i) {
        EXPECT_EQ(text_of(answers[i]), i % 2 == 0 ? "v" + std::to_string(i) : "-");
    }
    EXPECT_EQ(world.database.queries, 1U);
    EXPECT_EQ(world.process().store().calls(), 3U) << "read, acquire, commit";
    answers = world.stage.run(cache().get_many(keys, world.stage.in(Millis{100})));
    EXPECT_EQ(world.process().store().calls(), 3U);
    auto& other = world.add_process();
    keys.push_back("new");
    answers = world.stage.run(other.cache().get_many(keys, world.stage.in(Millis{100})));
    EXPECT_EQ(text_of(answers[2]), "v2");
    EXPECT_EQ(world.database.loads, 51U) << "only the new one was missing";
}

TEST_F(CacheTest, TheSameKeyTwiceInOneBulkReadIsOneLoad) {
    std::vector<std::string> keys{"a", "a", "b", "a"};
    const auto answers =
        world.stage.run(cache().get_many(std::move(keys), world.stage.in(Millis{100})));
    EXPECT_EQ(
        text_of(answers[0]) + text_of(answers[1]) + text_of(answers[2]) + text_of(answers[3]),
        "oneone-one"
    );
    EXPECT_EQ(world.database.loads, 2U);
}

TEST_F(CacheTest, AKeyThatAnotherProcessLoadsIsAwaited) {
    auto& other = world.add_process();
    world.database.takes = Millis{300};
    const auto first = world.stage.start(cache().get("a", world.stage.in(Millis{1'000})));
    world.stage.play(Millis{10});
    const auto second = world.stage.start(other.cache().get("a", world.stage.in(Millis{1'000})));
    EXPECT_EQ(text_of(world.stage.wait_for(second)), "one");
    EXPECT_EQ(text_of(world.stage.wait_for(first)), "one");
    EXPECT_EQ(world.database.loads, 1U);
    EXPECT_GT(other.cache().stats().of(Event::kLeaseBusy), 1U);
}

TEST_F(CacheTest, ALoadOfThreeLeasesIsStoredInTheEndWithOneRunning) {
    auto& other = world.add_process();
    world.database.takes = Millis{3'000};
    const auto first = world.stage.start(cache().get("a", world.stage.in(Millis{5'000})));
    const auto second = world.stage.start(other.cache().get("a", world.stage.in(Millis{5'000})));
    EXPECT_EQ(text_of(world.stage.wait_for(first)), "one");
    EXPECT_EQ(text_of(world.stage.wait_for(second)), "one");
    EXPECT_EQ(world.database.running_peak, 1U);
    EXPECT_EQ(world.database.loads, 1U);
    EXPECT_EQ(world.stored("a"), "one");
}

TEST_F(CacheTest, ADeadHoldersLeaseIsTakenOver) {
    AcquireRequest request;
    request.key = "shops:a";
    request.owner = "a process that was killed";
    request.lease = Millis{1'000};
    request.load_max = Millis{10'000};
    std::vector<AcquireRequest> one{request};
    (void)world.stage.run(world.memory.acquire(std::move(one), Deadline::never()));
    const Instant before = world.stage.time().now();
    EXPECT_EQ(get(), "one");
    EXPECT_LE(world.stage.time().now() - before, Millis{1'200});
    EXPECT_EQ(world.database.loads, 1U);
}

TEST_F(CacheTest, AReaderWhoComesWhenWhatIsBeingStoredIsTooOldGetsAnother) {
    World slow;
    slow.database.rows["a"] = "one";
    slow.options.ttl = Millis{10};
    slow.options.grace = Millis{0};
    slow.shared.read_max = slow.shared.write_max = Millis{1'000};
    auto& process = slow.add_process();
    process.store().take(Millis{30});
    const auto first = slow.stage.start(process.cache().get("a", slow.stage.in(Millis{1'000})));
    slow.stage.play(Millis{75}
    );  // read and lease took 30 each, the load nothing; the commit lasts until 90
    ASSERT_TRUE(first->has_value());
    slow.database.rows["a"] = "two";
    EXPECT_EQ(slow.database.loads, 1U);
    process.store().take(Millis{1});
    EXPECT_EQ(
        text_of(slow.stage.run(process.cache().get("a", slow.stage.in(Millis{1'000})))), "one"
    ) << "stored at 90, so it is fresh until 100";
    EXPECT_EQ(slow.database.loads, 1U);
}

TEST_F(CacheTest, AnInvalidationIsSeenAtOnceByThisProcessAndByOthers) {
    auto& other = world.add_process();
    get();
    (void)world.stage.run(other.cache().get("a", world.stage.in(Millis{10})));
    world.database.rows["a"] = "two";
    ASSERT_TRUE(world.stage.run(cache().invalidate("a", world.stage.in(Millis{10}))).ok());
    EXPECT_FALSE(other.cache().peek("a"));
    EXPECT_EQ(get(), "two");
    EXPECT_EQ(text_of(world.stage.run(other.cache().get("a", world.stage.in(Millis{10})))), "two");
}

TEST_F(CacheTest, ALoadThatBeganBeforeAnInvalidationIsNotStoredNorGivenToWhoComesAfter) {
    world.database.takes = Millis{100};
    const auto before = world.stage.start(cache().get("a", world.stage.in(Millis{1'000})));
    world.stage.play(Millis{50});
    world.database.rows["a"] = "two";
    ASSERT_TRUE(world.stage.run(cache().invalidate("a", world.stage.in(Millis{10}))).ok());
    const auto after = world.stage.start(cache().get("a", world.stage.in(Millis{1'000})));
    EXPECT_EQ(text_of(world.stage.wait_for(before)), "one") << "it asked before the change";
    EXPECT_EQ(text_of(world.stage.wait_for(after)), "two");
    EXPECT_EQ(world.stored("a"), "two");
    EXPECT_EQ(get(), "two");
    EXPECT_EQ(stats().of(Event::kCommitRejected), 1U);
}

TEST_F(CacheTest, ExpiringKeepsServingTheOldValueWhileOneRebuilds) {
    world.options.invalidation = InvalidateMode::kExpire;
    auto& kind = world.add_process();
    (void)world.stage.run(kind.cache().get("a", world.stage.in(Millis{100})));
    world.database.rows["a"] = "two";
    world.database.takes = Millis{50};
    ASSERT_TRUE(world.stage.run(kind.cache().invalidate("a", world.stage.in(Millis{10}))).ok());
    EXPECT_EQ(text_of(world.stage.run(kind.cache().get("a", world.stage.in(Millis{1})))), "one");
    world.stage.play(Millis{60});
    EXPECT_EQ(text_of(world.stage.run(kind.cache().get("a", world.stage.in(Millis{1})))), "two");
}

TEST_F(CacheTest, EarlyElectionRebuildsBeforeSoftAndCanBeTurnedOff) {
    for (const double beta : {0.0, 1.0}) {
        world.options.early = beta;
        auto& process = world.add_process();
        const std::string key = "early" + std::to_string(beta);
        world.database.rows[key] = "x";
        world.database.takes = Millis{100};
        world.database.loads = 0;
        (void)world.stage.run(process.cache().get(key, world.stage.in(Millis{1'000})));
        while (world.database.loads < 2) {  // read every 10 ms
            world.stage.play(Millis{10});
            if (process.cache().peek(key)) continue;
            (void)world.stage.run(process.cache().get(key, world.stage.in(Millis{1'000})));
        }
        const Stats seen = process.cache().stats();
        EXPECT_EQ(seen.of(Event::kElectedEarly), beta == 0 ? 0U : 1U);
        EXPECT_EQ(seen.of(Event::kL1Stale), beta == 0 ? 1U : 0U)
            << "with it nobody saw a stale value";
    }
}

TEST_F(CacheTest, EarlyElectionRebuildsKeysThatAreReadInBulkToo) {
    world.options.early = 1;
    auto& process = world.add_process();
    world.database.rows["bulk"] = "x";
    world.database.takes = Millis{100};
    const auto read = [&] {
        std::vector<std::string> keys{"bulk"};
        return world.stage.run(
            process.cache().get_many(std::move(keys), world.stage.in(Millis{1'000}))
        );
    };
    (void)read();
    world.database.loads = 0;
    while (world.database.loads == 0) {
        world.stage.play(Millis{10});
        (void)read();
    }
    EXPECT_EQ(process.cache().stats().of(Event::kElectedEarly), 1U);
    EXPECT_EQ(process.cache().stats().of(Event::kL1Stale), 0U);
}

TEST_F(CacheTest, TheFirstLevelIsAskedBeforeTheFilter) {
    int asked = 0;
    world.filter = [&asked](const std::string&) { return ++asked > 0; };
    auto& filtered = world.add_process();
    (void)world.stage.run(filtered.cache().get("a", world.stage.in(Millis{100})));
    const int before = asked;
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(filtered.cache().peek("a"));
    EXPECT_EQ(asked, before);
}

struct NumberTraits : TextTraits {
    static std::string encode(int value) { return std::to_string(value); }
    static std::optional<int> decode(std::string_view bytes) {
        if (bytes.empty() || bytes.find_first_not_of("0123456789") != std::string_view::npos)
            return std::nullopt;
        return std::stoi(std::string(bytes));
    }
    static std::size_t bytes_of(int) { return sizeof(int); }
};

TEST_F(CacheTest, APayloadThatIsNotUnderstoodIsLoadedAgain) {
    EXPECT_EQ(get(), "one");
    int loads = 0;
    LogicalCache<std::string, int, NumberTraits>::Sources sources;
    sources.load = [&loads](std::string, Deadline) -> Task<Result<std::optional<int>>> {
        ++loads;
        co_return std::optional<int>(42);
    };
    LogicalCache<std::string, int, NumberTraits> newer(
        world.process().shared(), world.options, std::move(sources)
    );
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(**world.stage.run(newer.get("a", world.stage.in(Millis{100}))), 42);
    }
    EXPECT_EQ(newer.stats().of(Event::kUndecodable), 1U);
    EXPECT_EQ(loads, 1);
    EXPECT_EQ(world.stored("a"), "42");
}

TEST_F(CacheTest, ALoaderThatThrowsIsAFailedLoad) {
    world.throws = true;
    auto& process = world.add_process();
    EXPECT_EQ(
        text_of(world.stage.run(process.cache().get("a", world.stage.in(Millis{100})))), "!internal"
    );
    EXPECT_EQ(process.cache().stats().of(Event::kLoadFailed), 1U);
    EXPECT_EQ(process.shared().stats().loads, 0U) << "its permit is back";
}

TEST_F(CacheTest, AStoppedCacheRefusesAndEndsItsRebuilds) {
    get();
    world.database.takes = Millis{500};
    world.stage.time().advance(Millis{60'000});
    EXPECT_EQ(get(), "one");
    auto stopped = world.stage.start(World::stop(cache()));
    world.stage.settle();
    EXPECT_FALSE(stopped->has_value()) << "the loader has not returned";
    (void)world.stage.wait_for(stopped);
    EXPECT_EQ(get("b"), "!stopped");
}

}  // namespace
}  // namespace sluice::cache
