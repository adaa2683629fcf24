// Outcome events between nodes on a real broker.

#include "adapters/rabbitmq/events.h"

#include <gtest/gtest.h>

#include <atomic>

#include "adapters/rabbitmq/amqp_stream.h"
#include "adapters/rabbitmq/waker.h"
#include "rabbitmq/broker.h"

namespace sluice {
namespace {

struct Node {
    explicit Node(const std::string& prefix) : events(broker_endpoint(), prefix, clock, log) {}

    SystemClock clock;
    TestLog log;
    std::atomic<int> heard{0};
    std::atomic<std::uint32_t> last_sale{0};
    RabbitEvents events;
    std::shared_ptr<void> handle = events.subscribe([this](const OutcomeEvent& event) {
        last_sale = event.sale.value();
        ++heard;
    });
};

OutcomeEvent event_of(std::uint32_t sale) {
    OutcomeEvent event{SaleId{sale}, {}};
    OrderOutcome outcome;
    outcome.order = OrderId::compose(event.sale, {1});
    event.outcomes.push_back(outcome);
    return event;
}

// Looks again every few milliseconds, for at most a minute.
template <class Condition>
bool comes_true(Condition condition) {
    SystemClock clock;
    Waker nobody;
    const auto until = clock.in(Millis{60'000});
    while (!condition()) {
        if (until.passed(clock.now())) return false;
        nobody.wait(Millis{5});
    }
    return true;
}

struct TwoNodes {
    const std::string prefix = fresh_prefix();
    Node one{prefix};
    Node two{prefix};
    bool connected() {
        return comes_true([this] { return one.events.connected() && two.events.connected(); });
    }
    ~TwoNodes() {
        if (broker().running())
            (void)link_to_broker()->delete_exchange(RabbitNames(prefix).events());
    }
};

TEST(RabbitEvents, ReachEveryNode) {
    TwoNodes nodes;
    ASSERT_TRUE(nodes.connected());
    nodes.one.events.publish(event_of(7));
    EXPECT_TRUE(comes_true([&] { return nodes.two.heard == 1 && nodes.one.heard == 1; }));
    EXPECT_EQ(nodes.two.last_sale, 7U);
}

TEST(RabbitEvents, ADestroyedHandleHearsNothing) {
    TwoNodes nodes;
    ASSERT_TRUE(nodes.connected());
    nodes.two.handle.reset();
    nodes.one.events.publish(event_of(7));
    ASSERT_TRUE(comes_true([&] { return nodes.one.heard == 1; }));
    nodes.one.events.publish(event_of(8));
    ASSERT_TRUE(comes_true([&] { return nodes.one.heard == 2; }));
    EXPECT_EQ(nodes.two.heard, 0);
}

// The broker does not read, or is not there: publish() returns, and the events are counted as
// dropped.
TEST(RabbitEvents, AreDroppedRatherThanWaitedFor) {
    TwoNodes nodes;
    ASSERT_TRUE(nodes.connected());
    ASSERT_TRUE(broker().pause());
    OutcomeEvent large = event_of(7);
    large.outcomes.resize(20'000, large.outcomes.front());
    const auto before = nodes.one.clock.now();
    for (int i = 0; i < 100; ++i) nodes.one.events.publish(large);
    EXPECT_LT(nodes.one.clock.now() - before, Millis{5'000});
    EXPECT_TRUE(comes_true([&] { return nodes.one.events.dropped() > 0; }));
    ASSERT_TRUE(broker().resume());
}

TEST(RabbitEvents, ComeBackWithTheBroker) {
    TwoNodes nodes;
    ASSERT_TRUE(nodes.connected());
    broker().kill();
    ASSERT_TRUE(comes_true([&] { return !nodes.one.events.connected(); }));
    nodes.one.events.publish(event_of(7));
    EXPECT_EQ(nodes.one.events.dropped(), 1U);
    ASSERT_TRUE(broker().restart().ok());
    ASSERT_TRUE(nodes.connected());
    nodes.one.events.publish(event_of(8));
    EXPECT_TRUE(comes_true([&] { return nodes.two.last_sale == 8U; }));
}

TEST(RabbitEvents, ForeignMessagesAreIgnored) {
    TwoNodes nodes;
    ASSERT_TRUE(nodes.connected());
    AmqpStream stranger(link_to_broker(), nodes.one.clock);
    const auto exchange = RabbitNames(nodes.prefix).events();
    Outgoing rubbish;
    rubbish.exchange = exchange;
    rubbish.body = "rubbish";
    stranger.publish(rubbish);
    stranger.close();
    ASSERT_TRUE(comes_true([&] { return nodes.two.log.contains("foreign outcome event"); }));
    nodes.one.events.publish(event_of(9));
    EXPECT_TRUE(comes_true([&] { return nodes.two.last_sale == 9U; }));
}

}  // namespace
}  // namespace sluice
