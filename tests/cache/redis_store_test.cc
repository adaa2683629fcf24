// The store contract over a real Redis server, and what the server's troubles do to the store.

#include "contract/cache_store_contract.h"

#include "cache/redis_rig.h"

namespace sluice::cache {
namespace {

class RedisStoreRig {
public:
    RedisStoreRig()
        : redis_(fresh_redis()), node_(std::make_unique<RedisNode>(redis_.endpoint())) {}

    Store& store() { return node_->store(); }
    Instant now() { return node_->time().now(); }
    // The store maps the server's time to ours; a server whose clock jumps is another server.
    void pass(Millis by) {
        redis_.pass(by);
        node_.reset();
        node_ = std::make_unique<RedisNode>(redis_.endpoint());
    }
    void lose_everything() { SLUICE_CHECK(redis_.ask({"FLUSHALL"}).is_text("OK")); }
    void listen(const std::string& prefix, StoreListener& listener) {
        node_->until_feed_lives(redis_);
        node_->store().listen(prefix, listener);
    }
    template <class Done>
    void settle(Done done) {
        node_->until(done);
    }
    template <class T>
    T run(Task<T> task) {
        return node_->run(std::move(task));
    }

private:
    TestRedis& redis_;
    std::unique_ptr<RedisNode> node_;
};

Result<std::vector<std::optional<StoredValue>>> read(
    RedisNode& node, const std::string& key, Millis limit
) {
    std::vector<std::string> one{key};
    return node.run(node.store().read(std::move(one), node.time().in(limit)));
}

Result<std::vector<Acquired>> acquire(
    RedisNode& node, const std::string& key, Millis limit = Millis{20'000}
) {
    AcquireRequest request;
    request.key = key;
    request.owner = node.shared().unique();
    request.lease = Millis{1'000};
    request.load_max = Millis{10'000};
    std::vector<AcquireRequest> one{request};
    return node.run(node.store().acquire(std::move(one), node.time().in(limit)));
}

Result<std::vector<Committed>> commit(
    RedisNode& node, const Lease& lease, const std::string& payload
) {
    CommitRequest request;
    request.lease = lease;
    request.soft_ttl = Millis{60'000};
    request.grace = Millis{60'000};
    request.payload = payload;
    std::vector<CommitRequest> one{request};
    return node.run(node.store().commit(std::move(one), node.time().in(Millis{20'000})));
}

Result<Done> invalidate(RedisNode& node, const std::string& key) {
    std::vector<std::string> one{key};
    return node.run(node.store().invalidate(
        std::move(one), InvalidateMode::kDelete, node.time().in(Millis{20'000})
    ));
}

TEST(RedisCacheStore, FlushedScriptsAreLoadedAgain) {
    TestRedis& redis = fresh_redis();
    RedisNode node(redis.endpoint());
    for (int round = 0; round < 3; ++round) {
        const auto acquired = acquire(node, "shops:" + std::to_string(round));
        ASSERT_TRUE(acquired.ok());
        EXPECT_EQ(acquired->at(0).verdict, AcquireVerdict::kAcquired);
        ASSERT_TRUE(redis.ask({"SCRIPT", "FLUSH"}).is_text("OK"));
    }
}

TEST(RedisCacheStore, AStoppedServerCostsTheDeadlineAndAKilledOneIsAnErrorUntilItIsBack) {
    TestRedis redis;
    redis.use_real_time();
    RedisNode node(redis.endpoint());
    ASSERT_TRUE(read(node, "shops:1", Millis{20'000}).ok());
    redis.server().pause();
    const Instant before = node.time().now();
    const auto hung = read(node, "shops:1", Millis{5});
    EXPECT_EQ(hung.error().code, Code::kUnavailable);
    EXPECT_GE(node.time().now() - before, Millis{5});
    redis.server().resume();
    redis.server().kill();
    EXPECT_FALSE(read(node, "shops:1", Millis{20'000}).ok());
    ASSERT_TRUE(redis.server().restart().ok());
    node.until([&] { return node.store().connection_stats(0).serving; });
    EXPECT_TRUE(read(node, "shops:1", Millis{20'000}).ok());
}

TEST(RedisCacheStore, AServerThatCameBackEmptyRefusesWhatBeganBefore) {
    TestRedis redis;
    RedisNode node(redis.endpoint());
    const auto before = acquire(node, "shops:1")->at(0).lease;
    redis.restart_empty();
    node.until([&] { return node.store().connection_stats(0).greetings == 2; });
    EXPECT_EQ(commit(node, before, "old")->at(0).verdict, CommitVerdict::kMetaMissing);
    const auto after = acquire(node, "shops:1")->at(0).lease;
    EXPECT_EQ(commit(node, before, "old")->at(0).verdict, CommitVerdict::kGenerationChanged);
    EXPECT_EQ(commit(node, after, "new")->at(0).verdict, CommitVerdict::kStored);
}

TEST(RedisCacheStore, ForeignBytesUnderAKeyAreNoValue) {
    TestRedis& redis = fresh_redis();
    RedisNode node(redis.endpoint());
    for (const char* text :
         {"", "hello", "1 2 3", "1 2 3 4 5 x\n", "1 2 3 4 5 v", "-1 2 3 4 5 v\nx",
          "99999999999999999999 2 3 4 5 v\nx"}) {
        redis.ask({"SET", "sluice:cache:{shops:1}:v", text});
        const auto values = read(node, "shops:1", Millis{20'000});
        ASSERT_TRUE(values.ok());
        EXPECT_FALSE(values->at(0)) << text;
    }
    EXPECT_EQ(acquire(node, "shops:1")->at(0).verdict, AcquireVerdict::kAcquired);
}

TEST(RedisCacheStore, ASecondProcessHearsOfInvalidations) {
    TestRedis& redis = fresh_redis();
    RedisNode writer(redis.endpoint());
    RedisNode reader(redis.endpoint());
    reader.until_feed_lives(redis);
    RecordingListener listener;
    reader.store().listen("shops:", listener);
    ASSERT_TRUE(invalidate(writer, "shops:1").ok());
    reader.until([&] { return !listener.keys.empty(); });
    EXPECT_EQ(listener.keys.front(), "shops:1");
    EXPECT_EQ(listener.misses, 0);
    reader.store().unlisten(listener);
}

TEST(RedisCacheStore, ALostMessageIsNoticedByTheNextHeartbeat) {
    TestRedis& redis = fresh_redis();
    RedisNode node(redis.endpoint());
    node.until_feed_lives(redis);
    RecordingListener listener;
    node.store().listen("shops:", listener);
    ASSERT_TRUE(invalidate(node, "shops:1").ok());
    node.until([&] { return listener.keys.size() == 1; });
    redis.use_real_time();                           // heartbeats need a server whose time passes
    redis.ask({"DEL", "sluice:cache:{feed}:beat"});  // which would have lived until then
    redis.ask({"INCR", "sluice:cache:{feed}:number"});  // as if one had been published and lost
    node.until([&] { return listener.misses == 1; });
    EXPECT_TRUE(listener.alive);
    node.store().unlisten(listener);
}

TEST(RedisCacheStore, ASilentOrLostFeedIsSaidToBeDeadAndItsReturnEmptiesTheFirstLevels) {
    TestRedis redis;
    redis.use_real_time();
    RedisNode node(redis.endpoint());
    node.until_feed_lives();
    RecordingListener listener;
    node.store().listen("shops:", listener);
    redis.server().pause();
    node.until([&] { return !listener.alive; });
    EXPECT_EQ(listener.misses, 0);
    redis.server().resume();
    node.until([&] { return listener.alive; });
    EXPECT_GE(listener.misses, 1) << "who was silent may have missed something";
    const int misses = listener.misses;
    redis.restart_empty();
    node.until([&] { return !listener.alive; });
    node.until([&] { return listener.alive; });
    EXPECT_GT(listener.misses, misses);
    node.store().unlisten(listener);
}

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Redis, CacheStoreContract, RedisStoreRig);

}  // namespace sluice::cache
