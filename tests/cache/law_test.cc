// The laws of the cache over a real Redis, with four processes (threads with nothing in common but
// the server). SLUICE_CACHE_RACES=1000000 runs the full form of the races.

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "async/task_group.h"
#include "base/prng.h"
#include "cache/nodes.h"

namespace sluice::cache {
namespace {

constexpr int kNodes = 4;

Options plain_options() {
    Options options;
    options.name = "shops";
    options.early = 0;
    return options;
}

// A loader that reads a counter, and notes when it began.
class CountingDatabase {
public:
    explicit CountingDatabase(Millis takes) : takes_(takes) {}

    TextCache::Sources sources() {
        TextCache::Sources sources;
        sources.load = [this](std::string, Deadline) { return load(); };
        sources.load_many = [this](std::vector<std::string> keys, Deadline) {
            return load_many(keys.size());
        };
        return sources;
    }
    // One query for all of them.
    Task<Result<std::vector<std::optional<std::string>>>> load_many(std::size_t count) {
        auto one = co_await load();
        co_return std::vector<std::optional<std::string>>(count, *one);
    }
    Task<Result<std::optional<std::string>>> load() {
        const std::string value = std::to_string(begin());
        (void)co_await Node::sleep(time_, takes_);
        --running_;
        co_return std::optional<std::string>(value);
    }
    std::vector<Instant> begins() const {
        const std::lock_guard lock(mutex_);
        return begins_;
    }
    std::size_t loads() const { return begins().size(); }
    int running_peak() const { return running_peak_; }

private:
    std::size_t begin() {
        const std::lock_guard lock(mutex_);
        running_peak_ = std::max(running_peak_.load(), ++running_);
        begins_.push_back(time_.now());
        return begins_.size();
    }

    const Millis takes_;
    SystemTimeSource time_;
    mutable std::mutex mutex_;
    std::vector<Instant> begins_;  // guarded by mutex_
    std::atomic<int> running_{0};
    std::atomic<int> running_peak_{0};
};

TEST(CacheLaws, EveryExpiryOfAHotKeyIsOneLoad) {
    const auto expiries = static_cast<std::size_t>(times_from("SLUICE_CACHE_EXPIRIES", 200));
    TestRedis redis;
    redis.use_real_time();
    ContextOptions shared;
    shared.read_max = Millis{1'000};
    shared.write_max = Millis{1'000};
    auto options = plain_options();
    options.ttl = Millis{10};
    CountingDatabase database(Millis{1});
    std::atomic<std::uint64_t> stored{0};
    std::atomic<std::uint64_t> rejected{0};
    std::atomic<std::uint64_t> errors{0};
    on_nodes(
        kNodes, redis.endpoint(), shared, options, [&](int) { return database.sources(); },
        [&](Node& node, int) {
            std::string last;
            // The first load fills; each one after it answers one expiry. Which of the nodes sees
            // the last is open.
            while (database.loads() < expiries + 1) {
                last = node.get("hot");
                errors += last.empty() || last[0] == '!' ? 1 : 0;
                node.play(Millis{1});
            }
            node.stop();
            stored += node.cache.stats().of(Event::kCommitStored);
            rejected += node.cache.stats().of(Event::kCommitRejected);
        }
    );
    const auto begins = database.begins();
    // Nobody loads what another has just loaded: between two loads a value has lived out its soft
    // time.
    std::size_t too_soon = 0;
    for (std::size_t i = 1; i < begins.size(); ++i) {
        too_soon += begins[i] - begins[i - 1] < Millis{7} ? 1 : 0;
    }
    EXPECT_EQ(errors, 0U);
    EXPECT_EQ(too_soon, 0U);
    EXPECT_GE(begins.size(), expiries + 1);
    EXPECT_EQ(stored, begins.size()) << "no load was wasted";
    EXPECT_EQ(rejected, 0U);
    EXPECT_EQ(database.running_peak(), 1);
}

TEST(CacheLaws, ASlowLoadOfThreeLeasesIsStoredInTheEndWithOneRunning) {
    TestRedis redis;
    redis.use_real_time();
    auto options = plain_options();
    options.lease = Millis{200};
    options.heartbeat = Millis{60};
    ContextOptions shared;
    shared.read_max = shared.write_max = Millis{1'000};
    CountingDatabase database(Millis{600});
    on_nodes(
        kNodes, redis.endpoint(), shared, options, [&](int) { return database.sources(); },
        [](Node& node, int) { EXPECT_EQ(node.get("slow"), "1"); }
    );
    EXPECT_EQ(database.running_peak(), 1);
    EXPECT_EQ(database.loads(), 1U);
}

// Reads the key; false: L1 had the answer.
bool waits_for(Node& node, const std::string& key) {
    const auto answers = [&node] {
        const Stats now = node.cache.stats();
        return now.of(Event::kL1Fresh) + now.of(Event::kL1Stale);
    };
    const std::uint64_t before = answers();
    EXPECT_NE(node.get(key)[0], '!');
    return answers() != before + 1;
}

TEST(CacheLaws, MassExpiryLoadsNeverMoreThanKAtOnceAndNobodyWaits) {
    constexpr int kKeys = 20'000;
    TestRedis redis;
    redis.use_real_time();
    auto options = plain_options();
    options.ttl = Millis{1'000};
    ContextOptions shared;
    shared.loads_max = 8;
    shared.read_max = shared.write_max = Millis{1'000};
    CountingDatabase database(Millis{1});
    Node node(redis.endpoint(), shared, options, database.sources());
    std::vector<std::string> keys;
    for (int i = 0; i < kKeys; ++i) keys.push_back("m" + std::to_string(i));
    for (int from = 0; from < kKeys; from += 1'000) {
        auto ask = [&keys, from](TextCache& cache, Deadline by) -> Task<std::size_t> {
            std::vector<std::string> some(keys.begin() + from, keys.begin() + from + 1'000);
            const auto answers = co_await cache.get_many(std::move(some), by);
            std::size_t good = 0;
            for (const auto& answer : answers) good += answer.ok() ? 1 : 0;
            co_return good;
        };
        EXPECT_EQ(node.redis.run(ask(node.cache, node.in(Millis{60'000}))), 1'000U);
    }
    const std::size_t before = database.loads();
    node.play(Millis{1'000});
    // A machine that stops for a second is a silent feed, which rightly empties L1: then once more.
    std::size_t waited = 0;
    std::uint64_t flushed = 1;
    for (int attempt = 0; attempt < 5 && flushed > 0; ++attempt) {
        flushed = node.cache.stats().of(Event::kL1Flushed);
        waited = 0;
        for (int round = 0; round < 3; ++round) {
            for (const std::string& key : keys) waited += waits_for(node, key) ? 1 : 0;
        }
        flushed = node.cache.stats().of(Event::kL1Flushed) - flushed;
    }
    EXPECT_EQ(waited, 0U) << "all were answered by L1, at once";
    const Stats stats = node.cache.stats();
    EXPECT_GT(stats.of(Event::kL1Stale), static_cast<std::uint64_t>(kKeys) / 2);
    EXPECT_LE(node.redis.shared().stats().loads_peak, 8U);
    EXPECT_LE(database.running_peak(), 8);
    EXPECT_GT(database.loads(), before);
}

// Reads one of many keys again and again, and says how it went.
struct Readings {
    std::size_t reads = 0;
    std::size_t errors = 0;
    std::size_t slow = 0;  // 4 ms or more
};

Readings read_for(Node& node, Millis length, int keys) {
    Readings readings;
    Prng prng(3);
    const Instant end = node.redis.time().now() + length;
    for (Instant now = node.redis.time().now(); now < end;) {
        const std::string value =
            node.get("k" + std::to_string(prng.below(static_cast<std::uint64_t>(keys))));
        const Instant after = node.redis.time().now();
        ++readings.reads;
        readings.errors += value[0] == '!' ? 1 : 0;
        readings.slow += after - now >= Millis{4} ? 1 : 0;
        now = after;
    }
    return readings;
}

TEST(CacheLaws, RedisStoppedKilledAndEmptyShowsNoErrorAndSparesTheDatabase) {
    TestRedis redis;
    redis.use_real_time();
    auto options = plain_options();
    options.l1_bytes = 0;  // every read has to go further
    ContextOptions shared;
    shared.loads_max = 4;
    CountingDatabase database(Millis{0});
    Node node(redis.endpoint(), shared, options, database.sources());
    EXPECT_EQ(read_for(node, Millis{200}, 50).errors, 0U);

    redis.server().pause();
    const Readings hung = read_for(node, Millis{800}, 50);
    EXPECT_EQ(hung.errors, 0U);
    const Stats stats = node.cache.stats();
    EXPECT_LE(stats.of(Event::kStoreFailed), 50U) << "each of them cost 5 ms";
    EXPECT_GT(stats.of(Event::kBreakerOpen), hung.reads / 2);
    RecordProperty("slow_reads", static_cast<int>(hung.slow));
    EXPECT_GT(hung.reads, 1'000U) << "then it costs nothing";
    EXPECT_TRUE(node.redis.shared().stats().breaker_open);

    redis.server().resume();
    redis.restart_empty();
    Readings back;
    for (int i = 0; i < 100 && node.redis.shared().stats().breaker_open; ++i)
        back = read_for(node, Millis{100}, 50);
    EXPECT_EQ(back.errors, 0U);
    EXPECT_FALSE(node.redis.shared().stats().breaker_open);
    EXPECT_EQ(read_for(node, Millis{100}, 50).errors, 0U);
    // A commit that a busy machine made too late is repeated by the next round.
    std::size_t loads = 0;
    for (int round = 0; round < 20 && loads != database.loads(); ++round) {
        loads = database.loads();
        EXPECT_EQ(read_for(node, Millis{100}, 50).errors, 0U);
    }
    EXPECT_EQ(database.loads(), loads) << "the new server has everything again";
    EXPECT_LE(node.redis.shared().stats().loads_peak, 4U);
}

TEST(CacheLaws, StaleCopiesAreServedWhileRedisAndDatabaseAreAway) {
    TestRedis redis;
    redis.use_real_time();
    auto options = plain_options();
    options.ttl = Millis{50};
    std::atomic<bool> down{false};
    TextCache::Sources sources;
    sources.load = [&down](std::string, Deadline) -> Task<Result<std::optional<std::string>>> {
        if (down) co_return fail(Code::kUnavailable, "down");
        co_return std::optional<std::string>("value");
    };
    Node node(redis.endpoint(), ContextOptions{}, options, std::move(sources));
    for (int i = 0; i < 50; ++i) ASSERT_EQ(node.get("k" + std::to_string(i)), "value");
    node.play(Millis{60});
    down = true;
    redis.server().kill();
    // Until the breaker opens a reader who finds the feed dead asks the store; what it cannot say
    // L1 does not either.
    for (int i = 0; i < 60; ++i) (void)node.get("unknown" + std::to_string(i));
    ASSERT_TRUE(node.redis.shared().stats().breaker_open);
    std::size_t errors = 0;
    for (int i = 0; i < 5'000; ++i)
        errors += node.get("k" + std::to_string(i % 50)) == "value" ? 0 : 1;
    EXPECT_EQ(errors, 0U);
}

// Versions of keys as the database has them.
struct Versions {
    static constexpr std::uint64_t kKeys = 64;
    std::array<std::atomic<std::uint64_t>, kKeys> of{};

    // Reads at once and takes up to 5 ms: what it gives may be old by then.
    TextCache::Sources sources(std::uint64_t seed) {
        TextCache::Sources sources;
        auto prng = std::make_shared<Prng>(seed);
        sources.load = [this, prng](std::string key, Deadline) {
            return load(std::move(key), prng);
        };
        return sources;
    }
    Task<Result<std::optional<std::string>>> load(std::string key, std::shared_ptr<Prng> prng) {
        SystemTimeSource time;
        const std::string value = std::to_string(of[std::stoul(key)].load());
        (void)co_await Node::sleep(time, Millis{static_cast<std::int64_t>(prng->below(6))});
        co_return std::optional<std::string>(value);
    }
};

struct Races {
    std::atomic<int> left{0};
    std::atomic<std::uint64_t> stale_in_store{0};
    std::atomic<std::uint64_t> stale_for_writer{0};
    std::atomic<std::uint64_t> errors{0};
};

std::uint64_t version_of(const std::string& text) { return text.empty() ? 0 : std::stoull(text); }

// Changes a key, invalidates it, and looks whether anything older can still be seen.
Task<void> write_and_look(Node& node, Versions& versions, Races& races, std::uint64_t seed) {
    Prng prng(seed);
    while (races.left.fetch_sub(1) > 0) {
        const std::uint64_t key = prng.below(Versions::kKeys);
        const std::uint64_t version = ++versions.of[key];
        const std::string name = std::to_string(key);
        auto done = co_await node.cache.invalidate(name, node.in(Millis{10'000}));
        if (!done.ok()) {
            ++races.errors;
            continue;
        }
        std::vector<std::string> keys{"shops:" + name};
        auto stored = co_await node.redis.store().read(std::move(keys), node.in(Millis{10'000}));
        if (!stored.ok()) ++races.errors;
        const bool there = stored.ok() && stored->at(0);
        if (there && version_of(stored->at(0)->payload) < version) ++races.stale_in_store;
        auto got = co_await node.cache.get(name, node.in(Millis{10'000}));
        if (!got.ok()) ++races.errors;
        if (got.ok() && version_of(**got) < version) ++races.stale_for_writer;
    }
}

Task<void> read_all_the_time(Node& node, Races& races, std::uint64_t seed) {
    Prng prng(seed);
    while (races.left > 0) {
        auto got = co_await node.cache.get(
            std::to_string(prng.below(Versions::kKeys)), node.in(Millis{10'000})
        );
        if (!got.ok()) ++races.errors;
        (void
        )co_await Node::sleep(node.redis.time(), Millis{static_cast<std::int64_t>(prng.below(3))});
    }
}

TEST(CacheLaws, AfterAnInvalidationNobodySeesAnOlderValueInTheStore) {
    TestRedis redis({"appendonly no"});
    redis.use_real_time();
    ContextOptions shared;
    shared.loads_max = 64;
    shared.read_max = shared.write_max = Millis{10'000};
    Versions versions;
    Races races;
    races.left = times_from("SLUICE_CACHE_RACES", 4'000);
    std::atomic<std::uint64_t> rejected{0};
    std::atomic<std::uint64_t> stored{0};
    on_nodes(
        kNodes, redis.endpoint(), shared, plain_options(),
        [&](int number) { return versions.sources(static_cast<std::uint64_t>(number) + 1); },
        [&](Node& node, int number) {
            TaskGroup tasks(node.redis.context().get_executor());
            const auto base = static_cast<std::uint64_t>(number) * 1'000;
            for (std::uint64_t i = 0; i < 16; ++i)
                tasks.spawn(write_and_look(node, versions, races, base + i));
            for (std::uint64_t i = 0; i < 8; ++i)
                tasks.spawn(read_all_the_time(node, races, base + 100 + i));
            (void)node.redis.run([](TaskGroup& group) -> Task<Done> {
                co_await group.join();
                co_return Done{};
            }(tasks));
            rejected += node.cache.stats().of(Event::kCommitRejected);
            stored += node.cache.stats().of(Event::kCommitStored);
        }
    );
    EXPECT_EQ(races.stale_in_store, 0U);
    EXPECT_EQ(races.stale_for_writer, 0U);
    EXPECT_EQ(races.errors, 0U);
    EXPECT_GT(rejected, 0U) << "loads and invalidations did meet";
    EXPECT_GT(stored, 0U);
    RecordProperty("commits_rejected", static_cast<int>(rejected.load()));
}

}  // namespace
}  // namespace sluice::cache
