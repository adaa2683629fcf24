// Gates larger than one script call may carry.

#include <gtest/gtest.h>

#include "adapters/redis/redis_evidence.h"
#include "adapters/redis/redis_gate.h"
#include "redis/samples.h"
#include "redis/test_redis.h"

namespace sluice {
namespace {

constexpr std::uint32_t kFinished = 12'345;
constexpr std::uint32_t kHeld = 9'001;

class LargeGate : public testing::Test {
protected:
    LargeGate() : redis_(fresh_redis()), loop_(redis_.endpoint()), gate_(loop_.connection()) {
        auto image = open_sale(redis_.now());
        image.available = 1'000'000;
        for (std::uint32_t i = 0; i < kFinished; ++i) {
            image.finished.push_back({order_id(i), Letter::kSettled, 1});
            image.bought.push_back({BuyerId{"b" + std::to_string(i)}, 1});
        }
        for (std::uint32_t i = kFinished; i < kFinished + kHeld; ++i) {
            const AcceptedOrder order{
                order_id(i), BuyerId{"b" + std::to_string(i)}, 2, redis_.now(), sample_terms()};
            image.held.push_back({order, redis_.now() + Millis{i}, 0});
        }
        auto server = loop_.run(gate_.server_of(kSale, Deadline::never())).value();
        auto load = gate_.load(kSale, std::move(server), std::move(image), Deadline::never());
        SLUICE_CHECK(loop_.run(std::move(load)).value() == LoadVerdict::kLoaded);
    }
    GateSnapshot snapshot() { return loop_.run(gate_.snapshot(kSale, Deadline::never())).value(); }

    TestRedis& redis_;
    RedisLoop loop_;
    RedisGate gate_;
};

TEST_F(LargeGate, IsLoadedWhole) {
    const auto seen = snapshot();
    EXPECT_EQ(seen.held, 2 * Units{kHeld});
    ASSERT_EQ(seen.held_orders.size(), kHeld);
    EXPECT_EQ(seen.held_orders.front().order.order, order_id(kFinished));
    EXPECT_EQ(seen.held_orders.back().order.order, order_id(kFinished + kHeld - 1));
    std::vector<OrderId> orders;
    for (std::uint32_t i = 0; i < kFinished + kHeld; ++i) orders.push_back(order_id(i));
    const auto letters = loop_.run(gate_.letters(kSale, orders, Deadline::never())).value();
    ASSERT_EQ(letters.size(), orders.size());
    EXPECT_EQ(letters[kFinished - 1].letter, Letter::kSettled);
    EXPECT_EQ(letters[kFinished].letter, Letter::kHeld);
    EXPECT_EQ(redis_.ask({"DBSIZE"}).number, 5) << "nothing staged is left";
}

// A load that was told ahead what the ledger had before.
class LoadAhead : public testing::Test {
protected:
    LoadAhead() : redis_(fresh_redis()), loop_(redis_.endpoint()), gate_(loop_.connection()) {
        for (std::uint32_t i = 0; i < kFinished; ++i) {
            rows_.finished.push_back({order_id(i), Letter::kSettled, 1});
            rows_.bought.push_back({BuyerId{"b" + std::to_string(i)}, 1});
        }
    }
    ServerId server() { return loop_.run(gate_.server_of(kSale, Deadline::never())).value(); }
    static GateImage with(GateImage image, const ImageRows& rows) {
        image.finished = rows.finished;
        image.bought = rows.bought;
        return image;
    }
    ImageRows tell() {
        auto source = stream_of(with({}, rows_)).rows;
        return loop_.run(gate_.load_ahead(kSale, server(), kEpoch, std::move(source), Deadline::never())).value();
    }
    Result<LoadVerdict> load(ImageRows ahead) {
        auto stream = stream_of(with(open_sale(redis_.now()), rows_));
        stream.ahead = std::move(ahead);
        return loop_.run(gate_.load_stream(kSale, server(), std::move(stream), Deadline::never()));
    }
    std::string staged(const std::string& what) { return "sluice:{7}:load:3:" + what; }

    TestRedis& redis_;
    RedisLoop loop_;
    RedisGate gate_;
    ImageRows rows_;
};

TEST_F(LoadAhead, BringsOnlyWhatHasChanged) {
    const ImageRows told = tell();
    EXPECT_EQ(told.finished, rows_.finished);
    EXPECT_EQ(told.bought, rows_.bought);
    // Marks that only a row which is sent again would remove.
    redis_.ask({"HSET", staged("buyers"), "b0", "9 0 0", "b7000", "9 0 0"});
    rows_.bought[7'000].bought = 2;
    rows_.finished[12'344].letter = Letter::kCancelled;
    rows_.finished.push_back({order_id(kFinished), Letter::kSettled, 3});
    ASSERT_EQ(load(told).value(), LoadVerdict::kLoaded);
    EXPECT_EQ(redis_.ask({"HGET", "sluice:{7}:buyers", "b0"}).text, "9 0 0");
    EXPECT_EQ(redis_.ask({"HGET", "sluice:{7}:buyers", "b7000"}).text, "2 0 5");
    EXPECT_EQ(redis_.ask({"HLEN", "sluice:{7}:orders"}).number, std::int64_t{kFinished} + 1);
    const std::vector<OrderId> asked{order_id(12'343), order_id(12'344), order_id(kFinished)};
    const auto letters = loop_.run(gate_.letters(kSale, asked, Deadline::never())).value();
    ASSERT_EQ(letters.size(), 3U);
    EXPECT_EQ(letters[0].letter, Letter::kSettled);
    EXPECT_EQ(letters[1].letter, Letter::kCancelled);
    EXPECT_EQ(letters[2].quantity, 3);
}

TEST_F(LoadAhead, LoadsNothingWhenWhatWasToldIsLost) {
    const ImageRows told = tell();
    redis_.ask({"DEL", staged("orders")});
    const auto loaded = load(told);
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code, Code::kUnavailable);
    EXPECT_EQ(redis_.ask({"EXISTS", "sluice:{7}:gate"}).number, 0);
    EXPECT_EQ(load({}).value(), LoadVerdict::kLoaded) << "told of nothing, it brings everything";
}

TEST_F(LoadAhead, LoadsNothingWhenTheLedgerForgotARow) {
    const ImageRows told = tell();
    rows_.finished.erase(rows_.finished.begin() + 5);
    const auto loaded = load(told);
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code, Code::kUnavailable);
    EXPECT_EQ(load({}).value(), LoadVerdict::kLoaded) << "what is staged is cleared first";
    EXPECT_EQ(redis_.ask({"HLEN", "sluice:{7}:orders"}).number, std::int64_t{kFinished} - 1);
}

TEST_F(LoadAhead, TakesNothingForAnotherServerOrAnEpochThatIsNotNewer) {
    const auto tell_of = [this](ServerId expected, Epoch epoch) {
        auto source = stream_of(with({}, rows_)).rows;
        auto task = gate_.load_ahead(kSale, std::move(expected), epoch, std::move(source), Deadline::never());
        return loop_.run(std::move(task));
    };
    EXPECT_FALSE(tell_of(ServerId{std::string(40, 'f')}, kEpoch).ok());
    ASSERT_EQ(load({}).value(), LoadVerdict::kLoaded);
    EXPECT_FALSE(tell_of(server(), kEpoch).ok());
    EXPECT_EQ(redis_.ask({"DBSIZE"}).number, 3) << "gate, orders, buyers";
}

TEST_F(LargeGate, OneTruthMayFinishEverything) {
    LedgerTruth truth{kSale, kEpoch, Version{6}, 5, {}, {}};
    for (std::uint32_t i = kFinished; i < kFinished + kHeld; ++i) {
        truth.finished.push_back({order_id(i), Letter::kSettled});
        truth.bought.push_back({BuyerId{"b" + std::to_string(i)}, 3});
    }
    EXPECT_EQ(loop_.run(gate_.sync(truth, Deadline::never())).value(), SyncVerdict::kApplied);
    const auto seen = snapshot();
    EXPECT_EQ(seen.held, 0);
    EXPECT_TRUE(seen.held_orders.empty());
    EXPECT_EQ(seen.version, Version{6});
    std::vector<ReserveRequest> requests;
    for (const std::uint32_t i : {kFinished, kFinished + kHeld - 1}) {
        requests.push_back(
            {order_id(1'000'000 + i), BuyerId{"b" + std::to_string(i)}, 1, sample_terms()}
        );
    }
    const auto reply = loop_.run(gate_.reserve(kSale, requests, Deadline::never())).value();
    for (const auto& admission : reply.admissions)
        EXPECT_EQ(admission.verdict, Verdict::kLimitReached);
}

TEST_F(LargeGate, IsParkedAndClaimedInPieces) {
    std::vector<ParkedOrder> parked;
    for (std::uint32_t i = kFinished; i < kFinished + kHeld; ++i)
        parked.push_back({order_id(i), Millis{50'000}});
    EXPECT_TRUE(loop_.run(gate_.park(kSale, kEpoch, parked, Deadline::never())).ok());
    redis_.pass(Millis{49'999});
    EXPECT_TRUE(loop_.run(gate_.claim_stale(kSale, 100, Deadline::never()))->orders.empty());
    redis_.pass(Millis{1});
    std::size_t claimed = 0;
    for (;;) {
        const auto batch =
            loop_.run(gate_.claim_stale(kSale, 1'000'000, Deadline::never())).value();
        if (batch.orders.empty()) break;
        EXPECT_LE(batch.orders.size(), 4'000U);
        claimed += batch.orders.size();
    }
    EXPECT_EQ(claimed, kHeld);
}

TEST_F(LargeGate, TakesTheLargestBatchAndRefusesALargerOne) {
    std::vector<ReserveRequest> requests;
    for (std::uint32_t i = 0; i < RedisGate::kReserveOrdersMax; ++i) {
        requests.push_back(request_of(2'000'000 + i, "new" + std::to_string(i)));
    }
    const auto reply = loop_.run(gate_.reserve(kSale, requests, Deadline::never())).value();
    for (const auto& admission : reply.admissions) ASSERT_EQ(admission.verdict, Verdict::kAccepted);
    requests.push_back(request_of(3'000'000, "one more"));
    EXPECT_EQ(
        loop_.run(gate_.reserve(kSale, requests, Deadline::never())).error().code,
        Code::kInvalidField
    );
    EXPECT_TRUE(loop_.run(gate_.reserve(kSale, {}, Deadline::never()))->admissions.empty());
    std::vector<audit::GateFacts> facts;
    std::string error;
    ASSERT_TRUE(read_gate_facts(redis_.endpoint(), facts, error)) << error;
    EXPECT_EQ(facts.at(0).held, 2 * Units{kHeld} + Units{RedisGate::kReserveOrdersMax});
    EXPECT_EQ(facts.at(0).held_orders.size(), kHeld + RedisGate::kReserveOrdersMax);
}

}  // namespace
}  // namespace sluice
