// What publish() says when things go wrong on a real broker: never "ok" for what may be lost, never
// "not published" for what may be there, and never a wait without an end.

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "adapters/rabbitmq/declare.h"
#include "rabbitmq/many_publishes.h"

namespace sluice {
namespace {

constexpr Partition kHere{0};

std::string publish(RabbitRig& rig, std::uint64_t number, Millis within = Millis{20'000}) {
    return code_of(rig.run(rig.queue().publish(kHere, numbered(number), rig.clock().in(within))));
}

RabbitOptions quick() {
    RabbitOptions options;
    options.confirm_deadline = Millis{1'000};
    return options;
}

TEST(RabbitPublisher, ConfirmsManyAtOnceInOrder) {
    RabbitRig rig;
    const auto stop = [](const Outcomes& so_far) { return so_far.of.size() >= 500; };
    const auto outcomes = rig.run(publish_many(rig.queue(), rig.clock(), 64, Millis{20'000}, stop));
    EXPECT_EQ(outcomes.with("ok").size(), outcomes.of.size());
    const auto found = drain_numbers(rig);
    EXPECT_EQ(found.size(), outcomes.of.size());
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
}

TEST(RabbitPublisher, LargeMessagesArriveWhole) {
    RabbitRig rig;
    const std::string body(3'000'000, 'x');  // many frames
    rig.publish_raw(kHere, body);
    auto consumer = rig.run(rig.queue().consume(kHere, rig.in(Millis{2'000}))).value();
    const auto taken = rig.run(consumer->take(1, rig.in(Millis{2'000}))).value();
    ASSERT_TRUE(taken.has_value());
    EXPECT_EQ(std::get<Undecodable>(taken->work).body, body);
}

TEST(RabbitPublisher, RefusesAMessageThatIsTooLarge) {
    RabbitRig rig;
    std::string body(17U << 20U, 'x');
    auto published = rig.rabbit_queue().publish_raw(kHere, std::move(body), rig.in(Millis{2'000}));
    EXPECT_EQ(code_of(rig.run(std::move(published))), "not_published");
}

// The message comes back and is acked all the same; an ok would promise what nobody will ever
// deliver.
TEST(RabbitPublisher, WithoutABindingNothingIsPublished) {
    RabbitRig rig;
    const auto link = link_to_broker();
    ASSERT_TRUE(link->unbind({rig.names().orders(kHere), rig.names().orders(), "0"}).ok());
    EXPECT_EQ(publish(rig, 1), "not_published");
    EXPECT_TRUE(rig.log().contains("no queue takes them routing_key=0", LogLevel::kWarn));
    EXPECT_FALSE(rig.log().contains("reach their queue again"));
    ASSERT_TRUE(link->bind({rig.names().orders(kHere), rig.names().orders(), "0"}).ok());
    EXPECT_EQ(publish(rig, 2), "ok");
    EXPECT_TRUE(rig.log().contains("messages reach their queue again routing_key=0"));
    EXPECT_EQ(drain_numbers(rig), std::vector<std::uint64_t>{2});
}

TEST(RabbitPublisher, AFullQueueRefusesUntilThereIsRoom) {
    RabbitOptions options;
    options.messages_max = 5;
    RabbitRig rig(options);
    std::uint64_t confirmed = 0;
    std::string last = "ok";
    for (; last == "ok" && confirmed < 100; confirmed += last == "ok" ? 1 : 0) {
        last = publish(rig, confirmed + 1);
    }
    EXPECT_EQ(last, "not_published");
    EXPECT_GE(confirmed, 5U);
    EXPECT_EQ(drain_numbers(rig).size(), confirmed);
    rig.publish_until_ok(kHere, numbered(99));
}

TEST(RabbitPublisher, AChannelClosedByTheBrokerLeavesItsMessageInDoubtAndComesBack) {
    RabbitRig rig;
    ASSERT_EQ(publish(rig, 1), "ok");
    ASSERT_TRUE(link_to_broker()->delete_exchange(rig.names().orders()).ok());
    EXPECT_EQ(publish(rig, 2), "outcome_unknown");
    rig.publish_until_ok(kHere, numbered(3));  // the exchange was declared and bound again
    EXPECT_EQ(drain_numbers(rig), (std::vector<std::uint64_t>{1, 3}));
}

TEST(RabbitPublisher, ATopologyThatDiffersIsNamed) {
    RabbitRig rig;
    auto options = rig.options();
    options.messages_max = 7;
    const auto opened = RabbitOrderQueue::open(options, rig.clock(), rig.log());
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, Code::kConflict);
    EXPECT_NE(opened.error().detail.find(rig.names().orders(kHere)), std::string::npos);
    EXPECT_NE(opened.error().detail.find("x-max-length"), std::string::npos);
}

TEST(RabbitPublisher, AWrongPasswordIsToldAtOpen) {
    RabbitRig rig;
    auto options = rig.options();
    options.endpoint.password = "wrong";
    const auto opened = RabbitOrderQueue::open(options, rig.clock(), rig.log());
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, Code::kForbidden);
}

// The first message is in doubt; those after it are refused, because the broker is known to be
// silent.
TEST(RabbitPublisher, ASilentBrokerLeavesOneInDoubtAndRefusesTheRest) {
    RabbitRig rig(quick());
    ASSERT_EQ(publish(rig, 1), "ok");
    ASSERT_TRUE(broker().pause());
    EXPECT_EQ(publish(rig, 2), "outcome_unknown");
    const auto before = rig.clock().now();
    EXPECT_EQ(publish(rig, 3), "queue_unavailable");
    EXPECT_LT(rig.clock().now() - before, Millis{500});
    ASSERT_TRUE(broker().resume());
    rig.publish_until_ok(kHere, numbered(4));
    const auto found = drain_numbers(rig);
    EXPECT_TRUE(
        found == (std::vector<std::uint64_t>{1, 2, 4}) ||
        found == (std::vector<std::uint64_t>{1, 4})
    );
}

// More than every buffer on the way can hold: what could not be written does not wait for ever.
TEST(RabbitPublisher, ABrokerThatStopsReadingDoesNotHoldUpDeadlines) {
    RabbitRig rig(quick());
    ASSERT_TRUE(broker().pause());
    auto flood = [](RabbitOrderQueue& queue, Clock& clock) -> Task<std::map<std::string, int>> {
        std::map<std::string, int> codes;
        TaskGroup group(co_await boost::asio::this_coro::executor);
        auto one = [](RabbitOrderQueue& to, Deadline until,
                      std::map<std::string, int>& into) -> Task<void> {
            std::string body(4'000'000, 'x');
            auto published = co_await to.publish_raw(Partition{0}, std::move(body), until);
            ++into[code_of(published)];
        };
        for (int i = 0; i < 12; ++i) group.spawn(one(queue, clock.in(Millis{600}), codes));
        co_await group.join();
        co_return codes;
    };
    const auto before = rig.clock().now();
    auto codes = rig.run(flood(rig.rabbit_queue(), rig.clock()));
    EXPECT_LT(rig.clock().now() - before, Millis{5'000});
    ASSERT_TRUE(broker().resume());
    EXPECT_EQ(codes["ok"], 0);
    EXPECT_GE(codes["outcome_unknown"], 1);
    // Those that never came to be written.
    EXPECT_GE(codes["not_published"] + codes["queue_unavailable"], 1);
    rig.publish_until_ok(kHere, numbered(1));
}

TEST(RabbitPublisher, AMemoryAlarmRefusesFastAndEnds) {
    RabbitRig rig(quick());
    ASSERT_TRUE(broker().control({"set_vm_memory_high_watermark", "0.000001"}).ok());
    // The broker tells of its alarm when somebody publishes; from then on nothing is sent.
    std::string last = "ok";
    for (std::uint64_t number = 1; last != "queue_unavailable" && number < 100; ++number) {
        last = publish(rig, number);
    }
    EXPECT_EQ(last, "queue_unavailable");
    EXPECT_TRUE(rig.log().contains("takes no publishes", LogLevel::kWarn));
    const auto before = rig.clock().now();
    EXPECT_EQ(publish(rig, 200), "queue_unavailable");
    EXPECT_LT(rig.clock().now() - before, Millis{500});
    ASSERT_TRUE(broker().control({"set_vm_memory_high_watermark", "0.4"}).ok());
    rig.publish_until_ok(kHere, numbered(300));
    const auto found = drain_numbers(rig);
    EXPECT_EQ(std::count(found.begin(), found.end(), 200), 0);
    EXPECT_EQ(std::count(found.begin(), found.end(), 300), 1);
}

// The heart of it: killed with many messages in flight. While it is gone publishes are refused at
// once.
TEST(RabbitPublisher, AKilledBrokerLosesNothingThatItConfirmed) {
    RabbitRig rig;
    std::thread killer;
    bool killed = false;
    const auto stop = [&](const Outcomes& so_far) {
        if (so_far.with("ok").size() >= 200 && !std::exchange(killed, true)) {
            killer = std::thread([] { broker().kill(); });
        }
        return killed &&
               (so_far.with("outcome_unknown").size() + so_far.with("queue_unavailable").size() > 0
               );
    };
    const auto outcomes = rig.run(publish_many(rig.queue(), rig.clock(), 32, Millis{20'000}, stop));
    killer.join();
    const auto before = rig.clock().now();
    EXPECT_EQ(publish(rig, 999'999), "queue_unavailable");
    EXPECT_LT(rig.clock().now() - before, Millis{500});
    ASSERT_TRUE(broker().restart().ok());
    rig.publish_until_ok(kHere, numbered(1'000'000));
    const auto found = drain_numbers(rig);
    EXPECT_GE(outcomes.with("outcome_unknown").size(), 1U);
    for (const auto number : outcomes.with("ok")) {
        EXPECT_EQ(std::count(found.begin(), found.end(), number), 1) << number;
    }
    for (const auto number : outcomes.with("queue_unavailable")) {
        EXPECT_EQ(std::count(found.begin(), found.end(), number), 0) << number;
    }
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
}

TEST(RabbitPublisher, AnswersEverybodyWhenItIsDestroyed) {
    RabbitRig rig;
    ASSERT_TRUE(broker().pause());
    auto published = rig.queue().publish(kHere, numbered(1), rig.in(Millis{2'000}));
    auto close_meanwhile = [](RabbitRig& of, Task<Result<Done>> waiting) -> Task<std::string> {
        TaskGroup group(co_await boost::asio::this_coro::executor);
        std::string code;
        auto wait = [](Task<Result<Done>> task, std::string& into) -> Task<void> {
            auto done = co_await std::move(task);
            into = code_of(done);
        };
        group.spawn(wait(std::move(waiting), code));
        Event never;
        co_await of.clock().sleep_until(of.clock().now() + Millis{200}, never);
        of.close_queue();
        co_await group.join();
        co_return code;
    };
    const auto code = rig.run(close_meanwhile(rig, std::move(published)));
    ASSERT_TRUE(broker().resume());
    EXPECT_EQ(code, "outcome_unknown");
}

}  // namespace
}  // namespace sluice
