// The scripts against the reference model: a million random operations under one seed, pipelined,
// every answer compared and the whole state again and again. Time is the server's own, set by the
// test, so that the model sees the very same.

#include <gtest/gtest.h>

#include <deque>
#include <iostream>

#include "adapters/redis/redis_evidence.h"
#include "adapters/redis/redis_gate.h"
#include "redis/random_sale.h"

namespace sluice {
namespace {

constexpr std::uint64_t kSeed = 20'261'122;
constexpr std::uint64_t kOperations = 1'000'000;
constexpr std::uint32_t kSales = 4;  // and one more that only call_every_script uses

void finish(RandomRun& run) {
    for (const auto& ended : run.ended) {
        while (!ended()) run.loop.step();
    }
    run.ended.clear();
    for (const auto& check : run.checks) {
        check();
        if (testing::Test::HasFatalFailure()) return;
    }
    run.checks.clear();
}

// Every script once, one after the other, so that all are in the server's cache: a call whose script
// is missing is sent again after loading it, and would be overtaken.
void call_every_script(RandomRun& run, RandomSale& nobodys) {
    for (int times = 0; times < 2; ++times) {
        nobodys.make_every_call([&run] { finish(run); });
        if (!testing::Test::HasFatalFailure()) nobodys.load();
    }
}

// What happens to a server now and then; the model is told.
void disturb(RandomRun& run, TestRedis& redis, std::deque<RandomSale>& sales) {
    switch (run.random.below(60)) {
        case 0:  // as a restart or a failover would, without its time
            ASSERT_TRUE(redis.ask({"DEBUG", "CHANGE-REPL-ID"}).is_text("OK"));
            run.self = ServerId{redis.replid()};
            break;
        case 1:
            ASSERT_TRUE(redis.ask({"FLUSHALL"}).is_text("OK"));
            for (RandomSale& sale : sales) sale.forget();
            break;
        case 2:
            ASSERT_TRUE(redis.ask({"SCRIPT", "FLUSH"}).is_text("OK"));
            for (int i = 0; i < 20 && !testing::Test::HasFatalFailure();
                 ++i) {  // one after the other
                sales[run.random.below(kSales)].start_call();
                finish(run);
            }
            call_every_script(run, sales.back());
            break;
        default:
            break;
    }
}

void pass_some_time(RandomRun& run, TestRedis& redis) {
    const auto die = run.random.below(100);
    Units by = 0;
    if (die < 60) by = static_cast<Units>(run.random.below(50));
    if (die >= 60 && die < 90) by = static_cast<Units>(run.random.below(12'000));
    if (die >= 90 && die < 97) by = static_cast<Units>(run.random.below(300'000));
    if (die >= 97) by = -static_cast<Units>(run.random.below(60'000));  // the host's clock steps
    redis.pass(Millis{by});
    run.now = redis.now();
}

TEST(RedisGateModel, AMillionRandomOperationsGiveWhatTheModelGives) {
    TestRedis redis({"enable-debug-command yes"});
    RedisLoop loop(redis.endpoint());
    RedisGate gate(loop.connection());
    Prng random(kSeed);
    RandomRun run{random, loop, gate, ServerId{redis.replid()}, redis.now(), 0, {}, {}, {}};
    std::deque<RandomSale> sales;
    for (std::uint32_t number = 1; number <= kSales + 1; ++number)
        sales.emplace_back(run, SaleId{number});

    call_every_script(run, sales.back());
    std::uint64_t windows = 0;
    std::uint64_t loads = 0;
    for (; run.operations < kOperations; ++windows) {
        for (RandomSale& sale : sales) {
            if (windows > 1 && !random.one_in(12)) continue;
            sale.load();
            ++loads;
        }
        for (auto calls = 1 + random.below(48); calls > 0; --calls)
            sales[random.below(kSales)].start_call();
        if (random.one_in(25)) {
            for (RandomSale& sale : sales) sale.start_whole_look();
        }
        finish(run);
        if (!HasFatalFailure()) disturb(run, redis, sales);
        if (HasFatalFailure()) FAIL() << "seed " << kSeed << ", window " << windows;
        pass_some_time(run, redis);
    }
    std::cout << run.operations << " operations in " << windows << " windows, " << loads
              << " loads; verdicts:";
    for (std::size_t i = 0; i < std::size(run.verdicts); ++i) {
        std::cout << " " << to_string(static_cast<Verdict>(i)) << " " << run.verdicts[i];
        EXPECT_GT(run.verdicts[i], 100U)
            << to_string(static_cast<Verdict>(i)) << " was hardly tried";
    }
    std::cout << "\n";
    EXPECT_EQ(loop.connection().stats().losses, 0U);
}

}  // namespace
}  // namespace sluice
