// What our own adapter would never send: the scripts are called with raw arguments, and with keys
// that are missing. Each bad argument is answered with an error that says so, and nothing has
// changed; a missing key is never a Lua error.

#include <gtest/gtest.h>

#include "adapters/redis/gate_keys.h"
#include "adapters/redis/redis_gate.h"
#include "adapters/redis/script_runner.h"
#include "redis/samples.h"
#include "redis/test_redis.h"

namespace sluice {
namespace {

using Words = std::vector<std::string>;

std::string bytes_of(std::uint32_t number) {
    const auto id = order_id(number);
    return {id.bytes().begin(), id.bytes().end()};
}

const std::string kOne = bytes_of(1);
const std::string kTwo = bytes_of(2);
const std::string kTerms = "1000 CNY 60000";
const std::string kRow = "1 1800000000000 0 1000 CNY 60000 ann";

class RawScripts : public testing::Test {
protected:
    RawScripts() : redis_({"enable-debug-command yes"}) {
        RedisLoop loop(redis_.endpoint());
        RedisGate gate(loop.connection());
        auto server = loop.run(gate.server_of(kSale, Deadline::never())).value();
        server_ = server.bytes;
        auto image = open_sale(redis_.now());
        const AcceptedOrder held{order_id(1), BuyerId{"ann"}, 1, redis_.now(), sample_terms()};
        image.held.push_back({held, redis_.now(), 0});
        image.bought.push_back({BuyerId{"bob"}, 1});
        SLUICE_CHECK(
            loop.run(gate.load(kSale, std::move(server), std::move(image), Deadline::never())).ok()
        );
    }

    Reply call(Script script, const Words& arguments, Epoch epoch = Epoch{4}) {
        const std::string text = script_text(script);
        const bool loads = script == Script::kLoadStage || script == Script::kLoadCommit;
        const auto keys = loads ? load_keys(kSale, epoch) : gate_keys(kSale);
        const std::string count = std::to_string(keys.size());
        std::vector<std::string_view> words{"EVAL", text, count};
        words.insert(words.end(), keys.begin(), keys.end());
        words.insert(words.end(), arguments.begin(), arguments.end());
        return redis_.ask(words);
    }
    std::string digest() const { return redis_.ask({"DEBUG", "DIGEST"}).text; }

    // Every one of these is refused, and nothing has changed.
    void expect_refused(Script script, const std::vector<Words>& bad) {
        const auto before = digest();
        for (const Words& arguments : bad) {
            const auto reply = call(script, arguments);
            std::string shown;
            for (const auto& word : arguments) shown += word + "|";
            EXPECT_EQ(reply.kind, Reply::Kind::kError) << shown;
            EXPECT_TRUE(reply.text.starts_with("BADARG")) << shown << " " << reply.text;
            EXPECT_EQ(digest(), before) << shown;
        }
    }

    TestRedis redis_;
    std::string server_;
};

// Not a decimal integer from 0 and below 2^53, written plainly.
const Words kBadNumbers = {
    "-1",
    "1.5",
    "9007199254740992",
    "9007199254740993",
    "99999999999999999999",
    "1e3",
    "0x10",
    " 1",
    "1 ",
    "",
    "nan",
    "inf",
    "١"};

TEST_F(RawScripts, ReserveTakesOnlySoundOrders) {
    std::vector<Words> bad = {
        {kTwo},
        {kTwo, "bob", "1"},
        {"short", "bob", "1", kTerms},
        {kTwo + "x", "bob", "1", kTerms},
        {kTwo, "", "1", kTerms},
        {kTwo, std::string(65, 'b'), "1", kTerms},
        {kTwo, "bob", "0", kTerms},
        {kTwo, "bob", "01", kTerms},
        {kTwo, "bob", "1000001", kTerms},
        {kTwo, "bob", "1", "1000 CNY"},
        {kTwo, "bob", "1", "-1 CNY 60000"},
        {kTwo, "bob", "1", "1.5 CNY 60000"},
        {kTwo, "bob", "1", "1000 cny 60000"},
        {kTwo, "bob", "1", "1000 CNY 60000 "},
        {kTwo, "bob", "1", "9007199254740993 CNY 60000"},
        // A good order beside a bad one is not taken either.
        {kTwo, bytes_of(3), "bob", "cid", "1", "-1", kTerms, kTerms},
    };
    for (const auto& number : kBadNumbers) bad.push_back({kTwo, "bob", number, kTerms});
    expect_refused(Script::kReserve, bad);
    EXPECT_EQ(call(Script::kReserve, {kTwo, "bob", "1", kTerms}).items.back().text, "a");
}

TEST_F(RawScripts, SyncTakesOnlySoundTruths) {
    std::vector<Words> bad = {
        {"3", "6", "9"},
        {"3", "6", "9", "2", kOne, "s"},
        {"3", "6", "9", "1", kOne},
        {"3", "6", "9", "1", "short", "s"},
        {"3", "6", "9", "1", kOne, "h"},
        {"3", "6", "9", "1", kOne, ""},
        {"3", "6", "9", "1", kOne, "s", "ann"},
        {"3", "6", "9", "1", kOne, "s", "", "1"},
    };
    for (const auto& number : kBadNumbers) {
        bad.push_back({number, "6", "9", "1", kOne, "s"});
        bad.push_back({"3", number, "9", "1", kOne, "s"});
        bad.push_back({"3", "6", number, "1", kOne, "s"});
        bad.push_back({"3", "6", "9", number, kOne, "s"});
        bad.push_back({"3", "6", "9", "1", kOne, "s", "ann", number});
    }
    expect_refused(Script::kSync, bad);
    EXPECT_TRUE(call(Script::kSync, {"3", "6", "9", "1", kOne, "s", "ann", "1"}).is_text("ok"));
}

TEST_F(RawScripts, TheOthersTakeOnlySoundArgumentsToo) {
    std::vector<Words> claims = {{"4001"}};
    std::vector<Words> parks = {{}, {"3", kOne}, {"3", "short", "5"}};
    std::vector<Words> states = {{"3", "9"}, {"3", "9", "shut"}, {"3", "9", ""}};
    std::vector<Words> retires = {{}, {"3", "4"}};
    for (const auto& number : kBadNumbers) {
        claims.push_back({number});
        parks.push_back({"3", kOne, number});
        parks.push_back({number, kOne, "5"});
        states.push_back({number, "9", "open"});
        states.push_back({"3", number, "open"});
        retires.push_back({number});
    }
    expect_refused(Script::kClaimStale, claims);
    expect_refused(Script::kPark, parks);
    expect_refused(Script::kSetState, states);
    expect_refused(Script::kRetire, retires);
    expect_refused(Script::kFindHeld, {{}, {"short"}, {kOne, kTwo}});
    expect_refused(Script::kLetters, {{"short"}, {kOne, ""}});
}

TEST_F(RawScripts, LoadStageTakesOnlySoundRows) {
    std::vector<Words> rows = {
        {"orders", kTwo, "s"},
        {"orders", "short", "s", "1"},
        {"orders", kTwo, "h", "1"},
        {"orders", kTwo, "s", "0"},
        {"things", kTwo, "s", "1"},
        {"held", kTwo, "1 2 0 1000 CNY 5 ", "5"},
        {"held", kTwo, "0 2 0 1000 CNY 5 ann", "5"},
        {"held", "short", kRow, "5"},
        {"buyers", "", "1", "1"},
        {"buyers", std::string(65, 'b'), "1", "1"}};
    for (const auto& number : kBadNumbers) {
        rows.push_back({"orders", kTwo, "s", number});
        rows.push_back({"held", kTwo, kRow, number});
        rows.push_back({"buyers", "bob", number, "1"});
        rows.push_back({"buyers", "bob", "1", number});
    }
    std::vector<Words> bad;
    for (const Words& row : rows) {
        bad.push_back({server_, "4", "9", "begin"});
        bad.back().insert(bad.back().end(), row.begin(), row.end());
    }
    for (const auto& number : kBadNumbers) {
        bad.push_back({server_, number, "9", "begin", "orders"});
        bad.push_back({server_, "4", number, "begin", "orders"});
    }
    bad.push_back({server_, "4", "9", "again", "orders"});
    expect_refused(Script::kLoadStage, bad);
}

TEST_F(RawScripts, LoadCommitTakesOnlyWholeAndSoundGates) {
    const Words good = {server_, "open",          "2", "4", "9", "10", "0", "3",
                        "0",     "9000000000000", "1", "0", "0"};
    std::vector<Words> bad = {Words(good.begin(), good.end() - 1)};
    for (const auto& number : kBadNumbers) {
        for (std::size_t at = 2; at < good.size(); ++at) {
            bad.push_back(good);
            bad.back()[at] = number;
        }
    }
    bad.push_back(good);
    bad.back()[1] = "shut";
    expect_refused(Script::kLoadCommit, bad);

    const auto before = digest();
    EXPECT_TRUE(call(Script::kLoadCommit, good).is_text("incomplete")) << "nothing is staged";
    EXPECT_EQ(digest(), before);
    EXPECT_TRUE(call(Script::kLoadStage, {server_, "4", "9", "begin", "orders", kTwo, "s", "1"})
                    .is_text("ok"));
    auto wrong = good;
    wrong[0] = std::string(40, 'f');
    EXPECT_TRUE(call(Script::kLoadCommit, wrong).is_text("wrong_server"));
    wrong = good;
    wrong[10] = "2";
    EXPECT_TRUE(call(Script::kLoadCommit, wrong).is_text("incomplete"));
    EXPECT_EQ(redis_.ask({"HGET", gate_keys(kSale)[0], "epoch"}).text, "3");
    EXPECT_TRUE(call(Script::kLoadCommit, good).is_text("loaded"));
    EXPECT_EQ(redis_.ask({"HGET", gate_keys(kSale)[0], "epoch"}).text, "4");
}

TEST_F(RawScripts, WhatIsStagedAndNeverCommittedDisappears) {
    EXPECT_TRUE(call(Script::kLoadStage, {server_, "4", "9", "begin", "held", kTwo, kRow, "5"})
                    .is_text("ok"));
    EXPECT_TRUE(call(Script::kLoadStage, {server_, "4", "9", "more", "buyers", "ann", "0", "1"})
                    .is_text("ok"));
    const auto keys = load_keys(kSale, Epoch{4});
    for (std::size_t i = 5; i < keys.size(); ++i)
        EXPECT_EQ(redis_.ask({"EXISTS", keys[i]}).number, 1) << keys[i];
    redis_.pass(Millis{600'001});
    for (std::size_t i = 5; i < keys.size(); ++i)
        EXPECT_EQ(redis_.ask({"EXISTS", keys[i]}).number, 0) << keys[i];
    for (const auto& key : gate_keys(kSale)) EXPECT_EQ(redis_.ask({"TTL", key}).number, -1) << key;
}

// Somebody deletes keys of a gate. No script runs into nil; the worst answer is BROKEN.
TEST_F(RawScripts, MissingKeysAreAnAnswer) {
    const std::pair<Script, Words> calls[] = {
        {Script::kReserve, {kOne, kTwo, "ann", "bob", "1", "1", kTerms, kTerms}},
        {Script::kSync, {"3", "6", "9", "1", kOne, "s", "ann", "1"}},
        {Script::kClaimStale, {"10"}},
        {Script::kPark, {"3", kOne, "5"}},
        {Script::kSetState, {"3", "9", "open"}},
        {Script::kSnapshot, {}},
        {Script::kFindHeld, {kOne}},
        {Script::kLetters, {kOne, kTwo}},
        {Script::kRetire, {"3"}},
    };
    const auto keys = gate_keys(kSale);
    std::vector<std::string> dumps;
    for (const auto& key : keys) dumps.push_back(redis_.ask({"DUMP", key}).text);
    for (unsigned missing = 1; missing < 32; ++missing) {
        for (const auto& [script, arguments] : calls) {
            redis_.ask({"FLUSHALL"});
            for (std::size_t i = 0; i < keys.size(); ++i) {
                if ((missing >> i & 1U) == 0) redis_.ask({"RESTORE", keys[i], "0", dumps[i]});
            }
            const auto reply = call(script, arguments);
            const bool sound =
                reply.kind != Reply::Kind::kError || reply.text.starts_with("BROKEN");
            EXPECT_TRUE(sound) << "script " << static_cast<int>(script) << " missing " << missing
                               << ": " << reply.text;
            if ((missing & 1U) != 0) {
                EXPECT_NE(reply.kind, Reply::Kind::kError) << "without a gate nothing else matters";
            }
        }
    }
}

TEST_F(RawScripts, AGateWithoutOneOfItsFieldsIsNotLoaded) {
    const std::string gate = gate_keys(kSale)[0];
    for (const char* field :
         {"server", "epoch", "state", "opens_at_ms", "closes_at_ms", "limit", "available",
          "held"}) {
        const std::string value = redis_.ask({"HGET", gate, field}).text;
        redis_.ask({"HDEL", gate, field});
        const auto reply = call(Script::kReserve, {kTwo, "bob", "1", kTerms});
        ASSERT_EQ(reply.items.size(), 1U) << field;
        EXPECT_TRUE(reply.items[0].is_text("not_loaded")) << field;
        redis_.ask({"HSET", gate, field, value});
    }
}

}  // namespace
}  // namespace sluice
