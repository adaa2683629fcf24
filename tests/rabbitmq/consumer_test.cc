// Consumers on a real broker: what ends a take(), what comes again, and what keeps a connection
// alive.

#include <gtest/gtest.h>

#include <algorithm>

#include "rabbitmq/many_publishes.h"

namespace sluice {
namespace {

constexpr Partition kHere{0};
constexpr Partition kThere{1};
using Taken = Result<std::optional<Delivery>>;

std::unique_ptr<Consumer> consume(RabbitRig& rig, Partition partition = kHere) {
    auto consumer = rig.run(rig.queue().consume(partition, rig.in(Millis{2'000})));
    EXPECT_TRUE(consumer.ok()) << to_string(consumer.error());
    return std::move(*consumer);
}

OrderBatch batch(std::uint64_t number) {
    OrderBatch made{SaleId{1}, Epoch{number}, {}};
    AcceptedOrder order;
    order.order = OrderId::compose(made.sale, {1, 2, 3});
    order.buyer = BuyerId{"buyer"};
    order.quantity = 1;
    made.orders.push_back(std::move(order));
    return made;
}

void publish(RabbitRig& rig, std::uint64_t number, Partition partition = kHere) {
    auto published = rig.queue().publish(partition, batch(number), rig.in(Millis{2'000}));
    ASSERT_TRUE(rig.run(std::move(published)).ok());
}

// After a loss: whoever connects again declares the topology, and has done so once something is confirmed.
void publish_once_connected(RabbitRig& rig, std::uint64_t number, Partition partition) {
    const Instant give_up = rig.clock().now() + Millis{20'000};
    while (rig.clock().now() < give_up) {
        auto published = rig.queue().publish(partition, batch(number), rig.in(Millis{2'000}));
        if (rig.run(std::move(published)).ok()) return;
    }
    FAIL() << "the publisher did not connect again";
}

Taken take(RabbitRig& rig, Consumer& consumer, Millis within = Millis{20'000}) {
    return rig.run(consumer.take(1, rig.clock().in(within)));
}

std::uint64_t number_of(const Taken& taken) {
    if (!taken.ok() || !taken->has_value()) return 0;
    return std::get<OrderRun>((*taken)->work).batches.front().epoch.value();
}

bool ack(RabbitRig& rig, Consumer& consumer, const Taken& taken) {
    return rig.run(consumer.ack((*taken)->through, rig.in(Millis{2'000}))).ok();
}

// What had arrived before the connection ended may still be taken.
bool take_fails(RabbitRig& rig, Consumer& consumer) {
    for (int tries = 0; tries < 10; ++tries) {
        if (!take(rig, consumer).ok()) return true;
    }
    return false;
}

// A standby take, an active take, an ack, and whatever else: all of them fail for good.
void expect_ended(RabbitRig& rig, Consumer& consumer) {
    const auto ended = take(rig, consumer);
    ASSERT_FALSE(ended.ok());
    EXPECT_FALSE(take(rig, consumer).ok());
    EXPECT_FALSE(rig.run(consumer.ack(AckToken{1}, rig.in(Millis{2'000}))).ok());
}

TEST(RabbitConsumer, ADeletedQueueEndsTheTake) {
    RabbitRig rig;
    auto consumer = consume(rig);
    ASSERT_TRUE(link_to_broker()->delete_queue(rig.names().orders(kHere)).ok());
    expect_ended(rig, *consumer);
    rig.open_queue();  // declares it again
    publish(rig, 1);
    auto next = consume(rig);
    EXPECT_EQ(number_of(take(rig, *next)), 1U);
}

TEST(RabbitConsumer, AConnectionThatTheBrokerClosesGivesItsWorkToTheNext) {
    RabbitRig rig;
    for (const std::uint64_t number : {1U, 2U, 3U}) publish(rig, number);
    auto consumer = consume(rig);
    ASSERT_TRUE(ack(rig, *consumer, take(rig, *consumer)));
    ASSERT_EQ(number_of(take(rig, *consumer)), 2U);
    ASSERT_TRUE(broker().control({"close_all_connections", "--global", "test"}).ok());
    ASSERT_TRUE(take_fails(rig, *consumer));
    consumer.reset();
    auto next = consume(rig);
    EXPECT_EQ(number_of(take(rig, *next)), 2U);
    EXPECT_EQ(number_of(take(rig, *next)), 3U);
    rig.publish_until_ok(kHere, Message{batch(4)});  // the publisher came back as well
    EXPECT_EQ(number_of(take(rig, *next)), 4U);
}

TEST(RabbitConsumer, TheSecondGetsWhatTheFirstHeldInOrder) {
    constexpr std::uint64_t kMessages = 300;
    RabbitRig rig;
    for (std::uint64_t number = 1; number <= kMessages; ++number) publish(rig, number);
    auto first = consume(rig);
    auto second = consume(rig);
    for (std::uint64_t number = 1; number <= 100; ++number) {
        const auto taken = take(rig, *first);
        ASSERT_TRUE(taken.ok() && taken->has_value());
        if (number > 70) continue;  // held by the dead
        ASSERT_TRUE(ack(rig, *first, taken));
    }
    first.reset();
    // The broker may forget the last acks of a channel that ends; what it knows comes again in
    // order.
    auto taken = take(rig, *second);
    auto number = number_of(taken);
    EXPECT_GE(number, 1U);
    EXPECT_LE(number, 71U);
    for (;; ++number) {
        ASSERT_EQ(number_of(taken), number);
        ASSERT_TRUE(ack(rig, *second, taken));
        if (number == kMessages) break;
        taken = take(rig, *second);
    }
    EXPECT_FALSE(take(rig, *second, rig.patience())->has_value());
}

// Three times the silence that loses a connection, with work held and nobody asking for more.
TEST(RabbitConsumer, HeldWorkOutlivesManyHeartbeats) {
    RabbitRig rig;
    auto quick = rig.options();
    quick.endpoint.heartbeat = std::chrono::seconds{1};
    auto queue = RabbitOrderQueue::open(quick, rig.clock(), rig.log());
    ASSERT_TRUE(queue.ok());
    publish(rig, 1);
    publish(rig, 2);
    auto consumer = rig.run((*queue)->consume(kHere, rig.in(Millis{2'000}))).value();
    const auto held = take(rig, *consumer);
    ASSERT_EQ(number_of(held), 1U);
    rig.pass(Millis{6'000});
    EXPECT_TRUE(ack(rig, *consumer, held));
    EXPECT_EQ(number_of(take(rig, *consumer)), 2U);
    auto published = (*queue)->publish(kHere, batch(3), rig.in(Millis{2'000}));
    EXPECT_TRUE(rig.run(std::move(published)).ok());  // nor did the idle publisher lose its own
    for (const auto& line : rig.log().lines()) EXPECT_LT(line.level, LogLevel::kWarn) << line.text;
}

TEST(RabbitConsumer, ASilentBrokerEndsTheTake) {
    RabbitRig rig;
    auto quick = rig.options();
    quick.endpoint.heartbeat = std::chrono::seconds{1};
    auto queue = RabbitOrderQueue::open(quick, rig.clock(), rig.log());
    ASSERT_TRUE(queue.ok());
    auto consumer = rig.run((*queue)->consume(kHere, rig.in(Millis{2'000}))).value();
    ASSERT_TRUE(broker().pause());
    const auto ended = take(rig, *consumer);
    ASSERT_TRUE(broker().resume());
    EXPECT_FALSE(ended.ok());
}

TEST(RabbitConsumer, AKilledBrokerEndsTheTakeAndKeepsTheWork) {
    RabbitRig rig;
    publish(rig, 1);
    publish(rig, 2);
    auto consumer = consume(rig);
    ASSERT_EQ(number_of(take(rig, *consumer)), 1U);
    broker().kill();
    ASSERT_TRUE(take_fails(rig, *consumer));
    const auto refused = rig.run(rig.queue().consume(kHere, rig.in(Millis{2'000})));
    EXPECT_FALSE(refused.ok());
    ASSERT_TRUE(broker().restart().ok());
    auto next = consume(rig);
    EXPECT_EQ(number_of(take(rig, *next)), 1U);
    EXPECT_EQ(number_of(take(rig, *next)), 2U);
}

TEST(RabbitConsumer, ATierBringsAMessageBackToItsOwnPartition) {
    RabbitRig rig;
    auto here = consume(rig, kHere);
    auto there = consume(rig, kThere);
    auto delayed =
        rig.queue().publish_after(RetryTier::kFirst, kThere, batch(7), rig.in(Millis{2'000}));
    ASSERT_TRUE(rig.run(std::move(delayed)).ok());
    EXPECT_EQ(number_of(take(rig, *there)), 7U);
    EXPECT_FALSE(take(rig, *here, rig.patience())->has_value());
}

TEST(RabbitConsumer, DestroyingOneTakesNoTime) {
    RabbitRig rig;
    auto consumer = consume(rig);
    ASSERT_TRUE(broker().pause());  // the goodbye would wait for an answer
    const auto before = rig.clock().now();
    consumer.reset();
    EXPECT_LT(rig.clock().now() - before, Millis{200});
    ASSERT_TRUE(broker().resume());
}

TEST(RabbitConsumer, MayOutliveItsQueue) {
    RabbitRig rig;
    auto consumer = consume(rig);
    rig.close_queue();
    EXPECT_FALSE(take(rig, *consumer).ok());
}

TEST(RabbitConsumer, DepthsSurviveALostConnection) {
    RabbitRig rig;
    publish(rig, 1, kThere);
    ASSERT_EQ(rig.run(rig.queue().depths(rig.in(Millis{2'000}))).value().at(1).ready, 1U);
    ASSERT_TRUE(broker().control({"close_all_connections", "--global", "test"}).ok());
    ASSERT_EQ(rig.run(rig.queue().depths(rig.in(Millis{2'000}))).value().at(1).ready, 1U);
    publish_once_connected(rig, 2, kThere);
    ASSERT_TRUE(link_to_broker()->delete_queue(rig.names().orders(kHere)).ok());
    const auto depths = rig.run(rig.queue().depths(rig.in(Millis{2'000})));
    ASSERT_FALSE(depths.ok());
    EXPECT_NE(depths.error().detail.find(rig.names().orders(kHere)), std::string::npos);
}

}  // namespace
}  // namespace sluice
