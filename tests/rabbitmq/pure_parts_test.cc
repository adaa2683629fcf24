// The other pure parts: when to connect again, the wire form of outcome events, the frames we
// write, and what the topology says.

#include <gtest/gtest.h>

#include <algorithm>

#include "adapters/rabbitmq/amqp_frames.h"
#include "adapters/rabbitmq/outcome_codec.h"
#include "adapters/rabbitmq/reconnect.h"
#include "adapters/rabbitmq/topology.h"
#include "adapters/rabbitmq/waker.h"
#include "base/prng.h"

namespace sluice {
namespace {

constexpr Instant at(std::int64_t ms) { return Instant{} + Millis{ms}; }

TEST(Reconnect, TriesAtOnceThenWaitsLongerAfterEachFailure) {
    Reconnect reconnect;
    EXPECT_TRUE(reconnect.may_try(at(0)));
    reconnect.failed(at(0));
    EXPECT_FALSE(reconnect.may_try(at(49)));
    EXPECT_TRUE(reconnect.may_try(at(50)));
    reconnect.failed(at(50));
    EXPECT_EQ(reconnect.next_try(), at(150));
    for (int i = 0; i < 20; ++i) reconnect.failed(at(1'000));
    EXPECT_EQ(reconnect.next_try(), at(6'000));  // never longer than 5 s
}

TEST(Reconnect, DoesNotTryWhileUp) {
    Reconnect reconnect;
    reconnect.connected(at(0));
    EXPECT_TRUE(reconnect.up());
    EXPECT_FALSE(reconnect.may_try(at(100'000)));
}

TEST(Reconnect, OnlyALastingConnectionMakesTheNextWaitShortAgain) {
    Reconnect reconnect;
    for (int i = 0; i < 5; ++i) reconnect.failed(at(0));
    reconnect.connected(at(1'000));
    reconnect.failed(at(1'100));  // it ended at once
    EXPECT_GT(reconnect.next_try() - at(1'100), Millis{1'000});
    reconnect.connected(at(10'000));
    reconnect.failed(at(15'000));
    EXPECT_EQ(reconnect.next_try() - at(15'000), Millis{50});
}

OutcomeEvent event_of(std::uint8_t outcomes) {
    OutcomeEvent event{SaleId{0x01020304}, {}};
    for (std::uint8_t i = 0; i < outcomes; ++i) {
        OrderOutcome outcome;
        outcome.order = OrderId::compose(event.sale, {i, 1, 2});
        outcome.state = static_cast<OrderState>(i % 5);
        event.outcomes.push_back(outcome);
    }
    return event;
}

TEST(OutcomeCodec, DecodesWhatItEncodes) {
    for (const auto outcomes : std::initializer_list<std::uint8_t>{0, 1, 5, 200}) {
        const auto sent = event_of(outcomes);
        const auto read = decode_outcome(encode(sent));
        ASSERT_TRUE(read.ok());
        EXPECT_EQ(read->sale, sent.sale);
        ASSERT_EQ(read->outcomes.size(), sent.outcomes.size());
        for (std::size_t i = 0; i < sent.outcomes.size(); ++i) {
            EXPECT_EQ(read->outcomes[i].order, sent.outcomes[i].order);
            EXPECT_EQ(read->outcomes[i].state, sent.outcomes[i].state);
        }
    }
}

TEST(OutcomeCodec, RefusesEveryCutAndEveryAddedByte) {
    const auto body = encode(event_of(3));
    for (std::size_t length = 0; length < body.size(); ++length) {
        EXPECT_FALSE(decode_outcome(body.substr(0, length)).ok()) << length;
    }
    EXPECT_FALSE(decode_outcome(body + "x").ok());
}

TEST(OutcomeCodec, RefusesUnknownStateAndFormat) {
    auto body = encode(event_of(1));
    body.back() = 5;
    EXPECT_FALSE(decode_outcome(body).ok());
    body.back() = 0;
    body.front() = 2;
    EXPECT_FALSE(decode_outcome(body).ok());
}

TEST(OutcomeCodec, SurvivesRubbish) {
    Prng chance(1);
    for (int i = 0; i < 20'000; ++i) {
        std::string body = encode(event_of(static_cast<std::uint8_t>(chance.below(4))));
        for (auto changes = chance.below(4); changes > 0; --changes) {
            body[chance.below(body.size())] = static_cast<char>(chance.below(256));
        }
        (void)decode_outcome(body).ok();
    }
}

// A frame: type, channel, size, payload, 0xCE. Returns the types of the frames, "" if they do not
// add up.
std::string frame_types(const std::string& bytes) {
    std::string types;
    for (std::size_t from = 0; from < bytes.size();) {
        if (bytes.size() - from < 8) return "";
        std::size_t size = 0;
        for (std::size_t i = 3; i < 7; ++i) {
            size = size << 8U | static_cast<std::uint8_t>(bytes[from + i]);
        }
        if (bytes.size() - from < size + 8 || bytes[from + size + 7] != '\xCE') return "";
        types += std::to_string(bytes[from]);
        from += size + 8;
    }
    return types;
}

TEST(AmqpFrames, AMessageIsAMethodAHeaderAndItsBodyInParts) {
    const ChannelShape shape{1, 1'000};
    std::string body(2'500, 'b');
    Outgoing message;
    message.exchange = "exchange";
    message.routing_key = "7";
    message.tag = 12;
    for (const auto& [bytes, types] :
         {std::pair{0, "12"}, {1, "123"}, {992, "123"}, {993, "1233"}, {2'500, "12333"}}) {
        message.body = std::string_view(body).substr(0, static_cast<std::size_t>(bytes));
        std::string out;
        append_publish(out, shape, message);
        EXPECT_EQ(frame_types(out), types) << bytes;
    }
}

TEST(AmqpFrames, AcksAndHeartbeatsAreOneFrame) {
    std::string out;
    append_ack(out, {1, 1'000}, 77);
    append_heartbeat(out);
    append_close_ok(out, 0);
    append_close_ok(out, 1);
    EXPECT_EQ(frame_types(out), "1811");
}

TEST(Topology, PartitionsKeepMessagesAndTiersSendThemBack) {
    RabbitOptions options;
    options.prefix = "p";
    options.partitions = 2;
    const auto topology = topology_of(options);
    std::string queues;
    for (const auto& queue : topology.queues) {
        queues += queue.name + (queue.single_active_consumer ? " single" : "") +
                  (queue.message_ttl ? " ttl " + std::to_string(queue.message_ttl->count()) : "") +
                  (queue.dead_letters ? " to " + *queue.dead_letters : "") + "\n";
    }
    EXPECT_EQ(
        queues,
        "p.orders.0 single\n"
        "p.orders.1 single\n"
        "p.retry.5000ms ttl 5000 to p.orders\n"
        "p.retry.30000ms ttl 30000 to p.orders\n"
        "p.retry.300000ms ttl 300000 to p.orders\n"
        "p.dead\n"
    );
    std::string bindings;
    for (const auto& binding : topology.bindings) {
        bindings += binding.exchange + " " + binding.key + " -> " + binding.queue + "\n";
    }
    EXPECT_EQ(
        bindings,
        "p.orders 0 -> p.orders.0\n"
        "p.orders 1 -> p.orders.1\n"
        "p.retry.5000ms  -> p.retry.5000ms\n"
        "p.retry.30000ms  -> p.retry.30000ms\n"
        "p.retry.300000ms  -> p.retry.300000ms\n"
    );
}

TEST(Waker, WaitNeverEndsEarlyAndNeverOverflows) {
    using std::chrono::nanoseconds;
    EXPECT_EQ(poll_ms(nanoseconds{1}), 1);
    EXPECT_EQ(poll_ms(nanoseconds{1'000'001}), 2);
    EXPECT_EQ(poll_ms(nanoseconds{-5}), 0);
    EXPECT_EQ(poll_ms(nanoseconds::max()), 600'000);
}

TEST(Waker, AWakeBeforeTheWaitEndsItAtOnce) {
    Waker waker;
    waker.wake();
    waker.wake();
    waker.wait(std::chrono::hours{1});
    waker.wake();  // once more after it was heard
    waker.wait(std::chrono::hours{1});
}

}  // namespace
}  // namespace sluice
