// The connection against a real server that is stopped, killed, silent, or not Redis at all.

#include "adapters/redis/connection.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "redis/test_redis.h"

namespace sluice {
namespace {

using Answer = std::shared_ptr<std::optional<Result<Reply>>>;

Answer start(
    RedisLoop& loop, const std::vector<std::string_view>& words, CallKind kind,
    Deadline deadline = Deadline::never()
) {
    return loop.start(loop.connection().call(format_command(words), kind, deadline));
}

std::string outcome(RedisLoop& loop, const Answer& answer) {
    const auto result = loop.wait_for(answer);
    return result.ok() ? result->text : std::string(info(result.error().code).wire);
}

std::string echo(RedisLoop& loop, std::string_view text) {
    return outcome(loop, start(loop, {"ECHO", text}, CallKind::kRead, loop.in(Millis{20'000})));
}

// Takes connections into its backlog and never says a word.
class MuteListener {
public:
    RedisEndpoint endpoint() const {
        RedisEndpoint endpoint;
        endpoint.port = acceptor_.local_endpoint().port();
        return endpoint;
    }
    boost::asio::ip::tcp::acceptor& acceptor() { return acceptor_; }

private:
    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_{
        context_, {boost::asio::ip::address_v4::loopback(), 0}};
};

TEST(RedisConnection, ManyCallsShareItAndGetTheirOwnReplies) {
    RedisLoop loop(fresh_redis().endpoint());
    std::vector<Answer> answers;
    for (int i = 0; i < 1'000; ++i) {
        answers.push_back(start(loop, {"ECHO", std::to_string(i)}, CallKind::kRead));
    }
    for (int i = 0; i < 1'000; ++i)
        EXPECT_EQ(outcome(loop, answers[static_cast<std::size_t>(i)]), std::to_string(i));
    EXPECT_EQ(loop.connection().stats().greetings, 1U);
}

TEST(RedisConnection, DeadlinesHoldWhileTheServerStandsStillAndLateRepliesAreThrownAway) {
    TestRedis& redis = fresh_redis();
    RedisLoop loop(redis.endpoint());
    EXPECT_EQ(echo(loop, "before"), "before");
    redis.server().pause();
    const auto write = start(loop, {"SET", "key", "1"}, CallKind::kWrite, loop.in(Millis{60}));
    const auto read = start(loop, {"ECHO", "late"}, CallKind::kRead, loop.in(Millis{80}));
    const auto patient = start(loop, {"ECHO", "patient"}, CallKind::kRead);
    EXPECT_EQ(outcome(loop, write), "outcome_unknown");
    EXPECT_EQ(outcome(loop, read), "unavailable");
    EXPECT_FALSE(patient->has_value());
    redis.server().resume();
    EXPECT_EQ(outcome(loop, patient), "patient");
    EXPECT_EQ(echo(loop, "after"), "after");
    const auto stats = loop.connection().stats();
    EXPECT_EQ(stats.late_replies, 2U);
    EXPECT_EQ(stats.losses, 0U);
    EXPECT_EQ(redis.ask({"GET", "key"}).text, "1") << "unknown is not failed";
}

TEST(RedisConnection, RefusesMoreCallsThanItMayHold) {
    TestRedis& redis = fresh_redis();
    RedisLimits limits;
    limits.calls_max = 4;
    RedisLoop loop(redis.endpoint(), limits);
    EXPECT_EQ(echo(loop, "before"), "before");
    redis.server().pause();
    std::vector<Answer> answers;
    for (int i = 0; i < 4; ++i) {
        answers.push_back(start(loop, {"PING"}, CallKind::kWrite, loop.in(Millis{50})));
    }
    EXPECT_EQ(outcome(loop, start(loop, {"PING"}, CallKind::kWrite)), "overloaded");
    for (const auto& answer : answers) EXPECT_EQ(outcome(loop, answer), "outcome_unknown");
    EXPECT_EQ(outcome(loop, start(loop, {"PING"}, CallKind::kWrite)), "overloaded")
        << "their replies are still to come";
    redis.server().resume();
    while (loop.connection().stats().calls > 0) loop.step();
    EXPECT_EQ(echo(loop, "after"), "after");
}

TEST(RedisConnection, EndsEveryCallOfAKilledServerAndComesBack) {
    TestRedis redis;
    RedisLoop loop(redis.endpoint());
    EXPECT_EQ(echo(loop, "before"), "before");
    redis.server().pause();
    std::vector<Answer> writes;
    std::vector<Answer> reads;
    for (int i = 0; i < 20; ++i) {
        writes.push_back(start(loop, {"INCR", "key"}, CallKind::kWrite));
        reads.push_back(start(loop, {"GET", "key"}, CallKind::kRead));
    }
    loop.step();
    redis.server().kill();
    for (const auto& write : writes) {
        const auto told = outcome(loop, write);
        EXPECT_TRUE(told == "outcome_unknown" || told == "unavailable") << told;
    }
    EXPECT_EQ(outcome(loop, writes.front()), "outcome_unknown");
    for (const auto& read : reads) EXPECT_EQ(outcome(loop, read), "unavailable");
    EXPECT_EQ(outcome(loop, start(loop, {"INCR", "key"}, CallKind::kWrite)), "unavailable");
    ASSERT_TRUE(redis.server().restart().ok());
    loop.run_until_serving();
    EXPECT_EQ(echo(loop, "after"), "after");
    EXPECT_EQ(loop.connection().stats().losses, 1U);
    EXPECT_EQ(loop.connection().stats().greetings, 2U);
}

TEST(RedisConnection, SaysAtOnceThatNobodyListens) {
    RedisEndpoint nowhere;
    nowhere.port = stack::free_port().value();
    RedisLoop loop(nowhere);
    EXPECT_EQ(echo(loop, "first"), "unavailable");  // waits for the first attempt
    EXPECT_EQ(echo(loop, "second"), "unavailable");
    EXPECT_TRUE(loop.log().contains("cannot connect", LogLevel::kWarn));
}

TEST(RedisConnection, AuthenticatesAndReportsAWrongPassword) {
    const std::string password = "with \"quotes\" and \\";
    TestRedis redis({}, password);
    RedisLoop right(redis.endpoint());
    EXPECT_EQ(echo(right, "in"), "in");
    auto wrong = redis.endpoint();
    for (const char* guess : {"", "guess"}) {
        wrong.password = guess;
        RedisLoop loop(wrong);
        EXPECT_EQ(echo(loop, "out"), "unavailable");
        EXPECT_TRUE(loop.log().contains(*guess == '\0' ? "NOAUTH" : "WRONGPASS", LogLevel::kWarn));
    }
}

TEST(RedisConnection, GivesUpAPeerThatDoesNotGreet) {
    MuteListener listener;
    RedisLimits limits;
    limits.connect_max = Millis{60};
    RedisLoop loop(listener.endpoint(), limits);
    EXPECT_EQ(echo(loop, "hello?"), "unavailable");
    EXPECT_TRUE(loop.log().contains("no answer in time", LogLevel::kWarn));
}

TEST(RedisConnection, GivesUpAPeerOfAnotherProtocol) {
    MuteListener listener;
    RedisLoop loop(listener.endpoint());
    const auto call = start(loop, {"PING"}, CallKind::kWrite);
    loop.step();
    auto peer = listener.acceptor().accept();
    boost::asio::write(peer, boost::asio::buffer("HTTP/1.1 400 Bad Request\r\n\r\n", 28));
    EXPECT_EQ(outcome(loop, call), "unavailable");
    EXPECT_TRUE(loop.log().contains("not Redis's protocol", LogLevel::kWarn));
}

TEST(RedisConnection, GivesUpAServerThatStaysSilent) {
    TestRedis& redis = fresh_redis();
    RedisLimits limits;
    limits.silence_max = Millis{80};
    RedisLoop loop(redis.endpoint(), limits);
    EXPECT_EQ(echo(loop, "before"), "before");
    redis.server().pause();
    const auto write = start(loop, {"PING"}, CallKind::kWrite);
    EXPECT_EQ(outcome(loop, write), "outcome_unknown");
    EXPECT_TRUE(loop.log().contains("no reply for too long", LogLevel::kWarn));
    redis.server().resume();
    loop.run_until_serving();
    EXPECT_EQ(echo(loop, "after"), "after");
}

TEST(RedisConnection, StoppingEndsEveryCall) {
    TestRedis& redis = fresh_redis();
    RedisLoop loop(redis.endpoint());
    EXPECT_EQ(echo(loop, "before"), "before");
    redis.server().pause();
    const auto written = start(loop, {"PING"}, CallKind::kWrite);
    loop.step();
    auto stopped = loop.start([](RedisConnection& connection) -> Task<Done> {
        co_await connection.stop();
        co_return Done{};
    }(loop.connection()));
    EXPECT_EQ(outcome(loop, written), "outcome_unknown");
    loop.wait_for(stopped);
    EXPECT_EQ(outcome(loop, start(loop, {"PING"}, CallKind::kWrite)), "unavailable");
    redis.server().resume();
}

TEST(RedisConnection, DestroyingItEndsEveryCall) {
    TestRedis& redis = fresh_redis();
    RedisLoop loop(redis.endpoint());
    const auto never_sent = start(loop, {"PING"}, CallKind::kWrite);
    loop.step();
    loop.drop_connection();
    EXPECT_EQ(outcome(loop, never_sent), "unavailable");
}

TEST(RedisConnection, SendsNothingAfterTheDeadline) {
    TestRedis& redis = fresh_redis();
    RedisLoop loop(redis.endpoint());
    EXPECT_EQ(
        outcome(loop, start(loop, {"INCR", "key"}, CallKind::kWrite, loop.in(Millis{0}))),
        "unavailable"
    );
    EXPECT_EQ(echo(loop, "after"), "after");
    EXPECT_EQ(redis.ask({"GET", "key"}).kind, Reply::Kind::kNil);
}

}  // namespace
}  // namespace sluice
