// Redis killed, flushed, demoted, cut, full: the gate refuses, and nothing that it says later is
// wrong.

#include <gtest/gtest.h>

#include "adapters/redis/redis_evidence.h"
#include "adapters/redis/redis_gate.h"
#include "base/prng.h"
#include "redis/samples.h"
#include "redis/test_redis.h"

namespace sluice {
namespace {

// A client with a gate on a server.
struct Client {
    explicit Client(const TestRedis& redis) : loop(redis.endpoint()), gate(loop.connection()) {}

    GateAnswer answer(std::uint32_t number = 1, const char* buyer = "ann") {
        return reserve(number, buyer).value().answer;
    }
    Result<ReserveReply> reserve(std::uint32_t number, const char* buyer) {
        std::vector<ReserveRequest> requests{request_of(number, buyer)};
        return loop.run(gate.reserve(kSale, std::move(requests), loop.in(Millis{20'000})));
    }
    Verdict verdict(std::uint32_t number, const char* buyer) {
        return reserve(number, buyer).value().admissions.at(0).verdict;
    }
    ServerId server() { return loop.run(gate.server_of(kSale, Deadline::never())).value(); }
    LoadVerdict load(GateImage image) { return load_at(server(), std::move(image)); }
    LoadVerdict load_at(ServerId server, GateImage image) {
        return loop.run(gate.load(kSale, std::move(server), std::move(image), Deadline::never()))
            .value();
    }
    GateSnapshot snapshot() { return loop.run(gate.snapshot(kSale, Deadline::never())).value(); }
    std::size_t claim() {
        return loop.run(gate.claim_stale(kSale, 100, Deadline::never())).value().orders.size();
    }
    Result<SyncVerdict> settle(std::uint32_t number, std::uint64_t version, Units available) {
        LedgerTruth truth{
            kSale, kEpoch, Version{version}, available, {{order_id(number), Letter::kSettled}}, {}};
        return loop.run(gate.sync(std::move(truth), Deadline::never()));
    }

    RedisLoop loop;
    RedisGate gate;
};

// The counter, the hash and the buyers say the same.
void expect_sound(const TestRedis& redis) {
    std::vector<audit::GateFacts> facts;
    std::string error;
    ASSERT_TRUE(read_gate_facts(redis.endpoint(), facts, error)) << error;
    for (const auto& gate : facts) {
        Units sum = 0;
        for (const auto& held : gate.held_orders) sum += held.quantity;
        EXPECT_EQ(gate.held, sum);
    }
}

TEST(RedisGateFaults, AKilledServerComesBackAsAnotherOne) {
    TestRedis redis;
    Client client(redis);
    const auto before = client.server();
    ASSERT_EQ(client.load(open_sale(redis.now())), LoadVerdict::kLoaded);
    EXPECT_EQ(client.verdict(1, "ann"), Verdict::kAccepted);

    redis.server().pause();
    std::vector<std::shared_ptr<std::optional<Result<ReserveReply>>>> calls;
    for (std::uint32_t number = 2; number < 22; ++number) {
        std::vector<ReserveRequest> requests{request_of(number, "bob")};
        calls.push_back(
            client.loop.start(client.gate.reserve(kSale, std::move(requests), Deadline::never()))
        );
    }
    const auto look = client.loop.start(client.gate.snapshot(kSale, Deadline::never()));
    client.loop.step();
    redis.server().kill();
    for (const auto& call : calls) {
        const auto result = client.loop.wait_for(call);
        ASSERT_FALSE(result.ok());
        const auto code = result.error().code;
        EXPECT_TRUE(code == Code::kOutcomeUnknown || code == Code::kUnavailable);
    }
    EXPECT_EQ(client.loop.wait_for(look).error().code, Code::kUnavailable);

    ASSERT_TRUE(redis.server().restart().ok());
    client.loop.run_until_serving();
    EXPECT_NE(client.server(), before);
    const auto seen = client.snapshot();
    EXPECT_EQ(seen.answer, GateAnswer::kServerChanged);
    EXPECT_EQ(seen.held, 1) << "the append-only file kept it, but nobody may rely on that";
    const auto reply = client.reserve(1, "ann").value();
    EXPECT_EQ(reply.answer, GateAnswer::kServerChanged);
    EXPECT_EQ(reply.epoch, kEpoch);
    redis.pass(Millis{60'000});
    EXPECT_EQ(client.claim(), 0U);
    EXPECT_EQ(client.load_at(before, open_sale(redis.now(), Epoch{4})), LoadVerdict::kWrongServer);
    EXPECT_EQ(client.load(open_sale(redis.now(), Epoch{4})), LoadVerdict::kLoaded);
    EXPECT_EQ(client.verdict(1, "ann"), Verdict::kAccepted);
}

TEST(RedisGateFaults, FlushedScriptsAreLoadedAgain) {
    TestRedis& redis = fresh_redis();
    Client client(redis);
    ASSERT_EQ(client.load(open_sale(redis.now())), LoadVerdict::kLoaded);
    for (std::uint32_t round = 0; round < 3; ++round) {
        EXPECT_EQ(client.answer(round, "ann"), GateAnswer::kOk);
        ASSERT_TRUE(redis.ask({"SCRIPT", "FLUSH"}).is_text("OK"));
        std::vector<std::shared_ptr<std::optional<Result<GateSnapshot>>>> calls;
        for (int i = 0; i < 20; ++i) {
            calls.push_back(client.loop.start(client.gate.snapshot(kSale, Deadline::never())));
        }
        for (const auto& call : calls)
            EXPECT_EQ(client.loop.wait_for(call).value().held, round + 1);
    }
}

TEST(RedisGateFaults, AFlushedServerHasNoGate) {
    TestRedis& redis = fresh_redis();
    Client client(redis);
    ASSERT_EQ(client.load(open_sale(redis.now())), LoadVerdict::kLoaded);
    EXPECT_EQ(client.verdict(1, "ann"), Verdict::kAccepted);
    ASSERT_TRUE(redis.ask({"FLUSHALL"}).is_text("OK"));
    EXPECT_EQ(client.answer(), GateAnswer::kNotLoaded);
    EXPECT_EQ(client.snapshot().answer, GateAnswer::kNotLoaded);
    EXPECT_EQ(client.settle(1, 6, 9).value(), SyncVerdict::kNotLoaded);
    EXPECT_EQ(redis.ask({"DBSIZE"}).number, 0) << "a sync makes nothing";
    EXPECT_EQ(client.load(open_sale(redis.now(), Epoch{4})), LoadVerdict::kLoaded);
}

TEST(RedisGateFaults, ADemotedAndPromotedServerIsAnotherOne) {
    TestRedis redis;
    Client client(redis);
    const auto before = client.server();
    ASSERT_EQ(client.load(open_sale(redis.now())), LoadVerdict::kLoaded);
    EXPECT_EQ(client.verdict(1, "ann"), Verdict::kAccepted);
    const std::string nobody = std::to_string(stack::free_port().value());
    ASSERT_TRUE(redis.ask({"REPLICAOF", "127.0.0.1", nobody}).is_text("OK"));

    // A replica answers for nobody, not even to say that everything is sold.
    EXPECT_EQ(client.answer(), GateAnswer::kServerChanged);
    EXPECT_EQ(client.snapshot().answer, GateAnswer::kServerChanged);
    EXPECT_EQ(
        client.loop.run(client.gate.server_of(kSale, Deadline::never())).error().code,
        Code::kUnavailable
    );
    EXPECT_EQ(client.load_at(before, open_sale(redis.now(), Epoch{4})), LoadVerdict::kWrongServer);
    EXPECT_EQ(client.settle(1, 6, 9).error().code, Code::kUnavailable);  // READONLY

    ASSERT_TRUE(redis.ask({"REPLICAOF", "NO", "ONE"}).is_text("OK"));
    EXPECT_NE(client.server(), before);
    EXPECT_EQ(client.answer(), GateAnswer::kServerChanged);
    EXPECT_EQ(client.snapshot().held, 1);
    EXPECT_EQ(client.load(open_sale(redis.now(), Epoch{4})), LoadVerdict::kLoaded);
    EXPECT_EQ(client.answer(), GateAnswer::kOk);
}

TEST(RedisGateFaults, APromotedReplicaRefusesTheGateOfItsOldPrimary) {
    const std::vector<std::string> at_once{"repl-diskless-sync-delay 0"};
    TestRedis primary(at_once);
    TestRedis replica(at_once);
    primary.use_real_time();
    replica.use_real_time();
    replica.follow(primary);
    Client at_primary(primary);
    Client at_replica(replica);
    ASSERT_EQ(at_primary.load(open_sale(primary.now())), LoadVerdict::kLoaded);
    EXPECT_EQ(at_primary.verdict(1, "ann"), Verdict::kAccepted);
    replica.follow(primary);  // and has everything
    EXPECT_EQ(at_replica.answer(), GateAnswer::kServerChanged);
    EXPECT_EQ(at_replica.snapshot().held, 1);

    ASSERT_TRUE(replica.ask({"REPLICAOF", "NO", "ONE"}).is_text("OK"));
    EXPECT_EQ(at_replica.answer(), GateAnswer::kServerChanged);
    EXPECT_EQ(at_replica.load(open_sale(replica.now(), Epoch{4})), LoadVerdict::kLoaded);
    EXPECT_EQ(at_replica.answer(), GateAnswer::kOk);
    // The deposed primary does not know it and goes on: the lease's epoch is what stops its
    // answers.
    const auto deposed = at_primary.reserve(2, "bob").value();
    EXPECT_EQ(deposed.answer, GateAnswer::kOk);
    EXPECT_EQ(deposed.epoch, kEpoch);
}

// What an operator sees who attaches the first replica while a sale is open: a harmless rebuild.
// Later ones change nothing, because the backlog stays (repl-backlog-ttl 0).
TEST(RedisGateFaults, TheFirstReplicaChangesTheServersIdentityAndTheNextDoesNot) {
    const std::vector<std::string> at_once{"repl-diskless-sync-delay 0"};
    TestRedis primary(at_once);
    TestRedis first(at_once);
    TestRedis second(at_once);
    for (TestRedis* redis : {&primary, &first, &second}) redis->use_real_time();
    Client client(primary);
    ASSERT_EQ(client.load(open_sale(primary.now())), LoadVerdict::kLoaded);
    EXPECT_EQ(client.answer(), GateAnswer::kOk);
    const auto alone = client.server();
    first.follow(primary);
    EXPECT_NE(client.server(), alone);
    EXPECT_EQ(client.answer(), GateAnswer::kServerChanged);
    ASSERT_EQ(client.load(open_sale(primary.now(), Epoch{4})), LoadVerdict::kLoaded);
    first.server().kill();
    second.follow(primary);
    EXPECT_EQ(client.answer(), GateAnswer::kOk);
}

TEST(RedisGateFaults, AServerWithoutMemoryFailsClosedAndStaysSound) {
    TestRedis redis;
    Client client(redis);
    ASSERT_EQ(client.load(open_sale(redis.now())), LoadVerdict::kLoaded);
    EXPECT_EQ(client.verdict(1, "ann"), Verdict::kAccepted);
    ASSERT_TRUE(redis.ask({"CONFIG", "SET", "maxmemory", "1"}).is_text("OK"));
    const auto refused = client.reserve(2, "bob");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kUnavailable);
    EXPECT_NE(refused.error().detail.find("OOM"), std::string::npos) << refused.error().detail;
    auto again = client.loop.run(client.gate.load(
        kSale, client.server(), open_sale(redis.now(), Epoch{4}), Deadline::never()
    ));
    EXPECT_EQ(again.error().code, Code::kUnavailable);
    EXPECT_EQ(client.snapshot().held, 1);
    EXPECT_EQ(client.snapshot().epoch, kEpoch);
    expect_sound(redis);
    // What frees memory still works: settling goes on.
    EXPECT_EQ(client.settle(1, 6, 9).value(), SyncVerdict::kApplied);
    EXPECT_EQ(client.snapshot().held, 0);
    expect_sound(redis);
    ASSERT_TRUE(redis.ask({"CONFIG", "SET", "maxmemory", "0"}).is_text("OK"));
    EXPECT_EQ(client.verdict(1, "ann"), Verdict::kSettled);
    EXPECT_EQ(client.verdict(2, "bob"), Verdict::kAccepted);
}

TEST(RedisGateFaults, ABusyServerIsUnavailable) {
    TestRedis redis({"busy-reply-threshold 30"});
    Client client(redis);
    ASSERT_EQ(client.load(open_sale(redis.now())), LoadVerdict::kLoaded);
    EXPECT_EQ(client.answer(), GateAnswer::kOk);
    RedisLoop other(redis.endpoint());
    other.run_until_serving();
    const auto endless = other.start(other.connection().call(
        format_command({"EVAL", "while true do end", "0"}), CallKind::kWrite, Deadline::never()
    ));
    for (int i = 0; i < 3; ++i) other.step();  // sent
    auto refused = client.reserve(2, "bob");
    // The script may not have run for long enough when the first call arrives; then that one waits
    // its turn.
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kUnavailable);
    EXPECT_NE(refused.error().detail.find("BUSY"), std::string::npos) << refused.error().detail;
    ASSERT_TRUE(redis.ask({"SCRIPT", "KILL"}).is_text("OK"));
    EXPECT_EQ(other.wait_for(endless)->kind, Reply::Kind::kError);
    EXPECT_EQ(client.verdict(2, "bob"), Verdict::kAccepted);
}

// Whatever is left of the append-only file after a crash: the gate refuses, without a script error,
// and can be loaded.
TEST(RedisGateFaults, AnAppendOnlyFileCutAnywhereIsRefused) {
    TestRedis redis;
    {
        Client client(redis);
        ASSERT_EQ(client.load(open_sale(redis.now())), LoadVerdict::kLoaded);
        for (std::uint32_t number = 0; number < 8; ++number) {
            EXPECT_EQ(
                client.verdict(number, ("buyer" + std::to_string(number)).c_str()),
                Verdict::kAccepted
            );
        }
        EXPECT_EQ(client.settle(1, 6, 9).value(), SyncVerdict::kApplied);
    }
    redis.server().kill();
    std::filesystem::path log;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(redis.directory() / "data")) {
        if (entry.path().string().ends_with(".incr.aof")) log = entry.path();
    }
    ASSERT_FALSE(log.empty());
    const auto whole = redis.directory() / "whole.aof";
    std::filesystem::copy_file(log, whole);
    const auto size = std::filesystem::file_size(whole);
    ASSERT_GT(size, 1'000U);
    Prng random(7);
    for (int cut = 0; cut < 12; ++cut) {
        std::filesystem::copy_file(whole, log, std::filesystem::copy_options::overwrite_existing);
        std::filesystem::resize_file(log, cut == 0 ? size : random.below(size));
        ASSERT_TRUE(redis.server().restart().ok());
        Client client(redis);
        EXPECT_NE(client.answer(), GateAnswer::kOk);
        EXPECT_NE(client.snapshot().answer, GateAnswer::kOk);
        EXPECT_EQ(client.claim(), 0U);
        EXPECT_EQ(client.load(open_sale(redis.now(), Epoch{4})), LoadVerdict::kLoaded);
        EXPECT_EQ(client.answer(), GateAnswer::kOk);
        expect_sound(redis);
        redis.server().kill();
    }
}

TEST(RedisGateFaults, AStepOfTheServersClockMovesOnlyWindowsAndClaims) {
    TestRedis& redis = fresh_redis();
    Client client(redis);
    const auto start = redis.now();
    ASSERT_EQ(client.load(open_sale(start)), LoadVerdict::kLoaded);
    EXPECT_EQ(client.verdict(1, "ann"), Verdict::kAccepted);
    redis.set_now(start - Millis{7'200'000});
    EXPECT_EQ(client.verdict(1, "ann"), Verdict::kHeld);
    EXPECT_EQ(client.verdict(2, "bob"), Verdict::kNotOpen);
    EXPECT_EQ(client.claim(), 0U);
    redis.set_now(start + Millis{7'200'000});
    EXPECT_EQ(client.verdict(1, "ann"), Verdict::kHeld);
    EXPECT_EQ(client.verdict(2, "bob"), Verdict::kEnded);
    EXPECT_EQ(client.claim(), 1U);
    redis.set_now(start);
    EXPECT_EQ(client.verdict(2, "bob"), Verdict::kAccepted);
    expect_sound(redis);
}

}  // namespace
}  // namespace sluice
