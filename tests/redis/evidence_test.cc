// The auditor's read of Redis, and the start-up checks.

#include "adapters/redis/redis_evidence.h"

#include <gtest/gtest.h>

#include "adapters/redis/gate_keys.h"
#include "adapters/redis/redis_checks.h"
#include "adapters/redis/redis_gate.h"
#include "redis/samples.h"
#include "redis/test_redis.h"

namespace sluice {
namespace {

void load(const TestRedis& redis, SaleId sale) {
    RedisLoop loop(redis.endpoint());
    RedisGate gate(loop.connection());
    auto image = open_sale(redis.now());
    image.sale = sale;
    const AcceptedOrder order{order_id(1, sale), BuyerId{"ann"}, 2, redis.now(), sample_terms()};
    image.held.push_back({order, redis.now(), 0});
    auto server = loop.run(gate.server_of(sale, Deadline::never())).value();
    auto loaded = gate.load(sale, std::move(server), std::move(image), Deadline::never());
    ASSERT_EQ(loop.run(std::move(loaded)).value(), LoadVerdict::kLoaded);
}

std::vector<audit::GateFacts> facts_of(const TestRedis& redis) {
    std::vector<audit::GateFacts> facts;
    std::string error;
    EXPECT_TRUE(read_gate_facts(redis.endpoint(), facts, error)) << error;
    return facts;
}

TEST(RedisEvidence, GivesTheAuditorEveryGate) {
    TestRedis& redis = fresh_redis();
    EXPECT_TRUE(facts_of(redis).empty());
    for (const std::uint32_t number : {12U, 7U}) load(redis, SaleId{number});
    redis.ask({"HSET", "sluice:{x}:gate", "epoch", "1"});  // somebody else's
    const auto facts = facts_of(redis);
    ASSERT_EQ(facts.size(), 2U);
    EXPECT_EQ(facts[0].sale, 7U);
    EXPECT_EQ(facts[1].sale, 12U);
    EXPECT_TRUE(facts[0].serving);
    EXPECT_EQ(facts[0].epoch, 3U);
    EXPECT_EQ(facts[0].version, 5U);
    EXPECT_EQ(facts[0].available, 10);
    EXPECT_EQ(facts[0].held, 2);
    ASSERT_EQ(facts[0].held_orders.size(), 1U);
    EXPECT_EQ(facts[0].held_orders[0].order, order_id(1).text());
    EXPECT_EQ(facts[0].held_orders[0].quantity, 2);
}

TEST(RedisEvidence, AnOrderIsFreshForFifteenSeconds) {
    TestRedis& redis = fresh_redis();
    load(redis, kSale);
    redis.pass(Millis{14'999});
    EXPECT_TRUE(facts_of(redis).at(0).held_orders.at(0).fresh);
    redis.pass(Millis{1});
    EXPECT_FALSE(facts_of(redis).at(0).held_orders.at(0).fresh);
}

TEST(RedisEvidence, AGateOfAnotherServerDoesNotServe) {
    TestRedis redis;
    load(redis, kSale);
    redis.server().kill();
    ASSERT_TRUE(redis.server().restart().ok());
    const auto facts = facts_of(redis);
    ASSERT_EQ(facts.size(), 1U);
    EXPECT_FALSE(facts[0].serving);
}

TEST(RedisEvidence, NeverConcludesAnythingFromAFailedRead) {
    TestRedis& redis = fresh_redis();
    load(redis, kSale);
    std::vector<audit::GateFacts> facts;
    std::string error;
    auto nowhere = redis.endpoint();
    nowhere.port = stack::free_port().value();
    EXPECT_FALSE(read_gate_facts(nowhere, facts, error));
    EXPECT_NE(error, "");
    const auto keys = gate_keys(kSale);
    redis.ask({"HSET", keys[1], "no order id", "1 2 0 1000 CNY 5 ann"});
    error.clear();
    EXPECT_FALSE(read_gate_facts(redis.endpoint(), facts, error));
    EXPECT_NE(error.find("damaged"), std::string::npos) << error;
    redis.ask({"DEL", keys[1]});
    redis.ask({"HSET", keys[0], "held", "-1.5"});
    EXPECT_FALSE(read_gate_facts(redis.endpoint(), facts, error));
}

// The names of the checks that are not ok.
std::string faults_of(const std::vector<RedisCheck>& checks) {
    std::string names;
    for (const auto& check : checks) {
        EXPECT_EQ(check.ok, check.fix.empty()) << check.name;
        if (!check.ok) names += check.name + " ";
    }
    return names;
}

TEST(RedisChecks, AServerOfTheStackIsFit) {
    const auto checks = check_redis(fresh_redis().endpoint());
    EXPECT_EQ(checks.size(), 6U);
    EXPECT_EQ(faults_of(checks), "");
    EXPECT_TRUE(may_start(checks).ok());
}

TEST(RedisChecks, AnEvictingPolicyForbidsAStart) {
    TestRedis redis;
    for (const char* policy : {"allkeys-lru", "volatile-ttl", "allkeys-random"}) {
        redis.ask({"CONFIG", "SET", "maxmemory-policy", policy});
        const auto checks = check_redis(redis.endpoint());
        EXPECT_EQ(faults_of(checks), "maxmemory-policy ");
        ASSERT_FALSE(may_start(checks).ok());
        EXPECT_NE(may_start(checks).error().detail.find(policy), std::string::npos);
    }
}

TEST(RedisChecks, TellWhatIsUnwiseWithoutForbiddingIt) {
    TestRedis redis;
    redis.ask({"CONFIG", "SET", "appendonly", "no"});
    redis.ask({"CONFIG", "SET", "repl-backlog-ttl", "3600"});
    redis.ask({"REPLICAOF", "127.0.0.1", std::to_string(stack::free_port().value())});
    const auto checks = check_redis(redis.endpoint());
    EXPECT_EQ(faults_of(checks), "role appendonly repl-backlog-ttl ");
    EXPECT_TRUE(may_start(checks).ok());
}

TEST(RedisChecks, AServerThatIsAwayIsOnlySaidToBeAway) {
    RedisEndpoint nowhere;
    nowhere.port = stack::free_port().value();
    const auto checks = check_redis(nowhere);
    EXPECT_EQ(faults_of(checks), "connection ");
    EXPECT_TRUE(may_start(checks).ok());
}

}  // namespace
}  // namespace sluice
