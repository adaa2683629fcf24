// What the doctor finds on a healthy and on a sick broker.

#include <gtest/gtest.h>

#include <algorithm>

#include "adapters/rabbitmq/declare.h"
#include "rabbitmq/broker.h"

namespace sluice {
namespace {

// The names of the checks, those that failed with a '!'.
std::string names_of(const std::vector<RabbitCheck>& checks) {
    std::string names;
    for (const auto& check : checks) {
        EXPECT_FALSE(check.detail.empty()) << check.name;
        EXPECT_EQ(check.ok, check.fix.empty()) << check.name;
        names += (names.empty() ? "" : " ") + std::string(check.ok ? "" : "!") + check.name;
    }
    return names;
}

TEST(RabbitChecks, AHealthyBrokerPassesAll) {
    RabbitRig rig;
    const auto checks = check_rabbitmq(rig.options(), rig.clock());
    EXPECT_EQ(names_of(checks), "connection version exchanges queues messages alarms");
}

TEST(RabbitChecks, NobodyListening) {
    RabbitRig rig;
    auto options = rig.options();
    options.endpoint.port = 1;
    EXPECT_EQ(names_of(check_rabbitmq(options, rig.clock())), "!connection");
}

TEST(RabbitChecks, WrongPasswordAndUnknownVhost) {
    RabbitRig rig;
    auto options = rig.options();
    options.endpoint.password = "wrong";
    auto checks = check_rabbitmq(options, rig.clock());
    EXPECT_EQ(names_of(checks), "!connection");
    EXPECT_NE(checks.front().fix.find("password"), std::string::npos);
    options = rig.options();
    options.endpoint.vhost = "nowhere";
    checks = check_rabbitmq(options, rig.clock());
    EXPECT_EQ(names_of(checks), "!connection");
    EXPECT_NE(checks.front().detail.find("nowhere"), std::string::npos);
}

TEST(RabbitChecks, NothingIsCreatedWhereNothingIs) {
    RabbitRig rig;
    auto options = rig.options();
    options.prefix = fresh_prefix();
    EXPECT_EQ(
        names_of(check_rabbitmq(options, rig.clock())), "connection version !exchanges !queues"
    );
    const auto found = link_to_broker()->inspect(RabbitNames(options.prefix).dead());
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code, Code::kNotFound);
}

TEST(RabbitChecks, AQueueWithOtherPropertiesIsNamed) {
    RabbitRig rig;
    const auto link = link_to_broker();
    auto queue = topology_of(rig.options()).queues.front();
    ASSERT_TRUE(link->delete_queue(queue.name).ok());
    queue.single_active_consumer = false;
    ASSERT_TRUE(link->declare(queue).ok());
    const auto checks = check_rabbitmq(rig.options(), rig.clock());
    EXPECT_EQ(names_of(checks), "connection version exchanges !queues");
    EXPECT_NE(checks.back().detail.find("x-single-active-consumer"), std::string::npos);
    EXPECT_NE(checks.back().detail.find(queue.name), std::string::npos);
}

TEST(RabbitChecks, AMissingBindingIsNamed) {
    RabbitRig rig;
    const auto names = rig.names();
    ASSERT_TRUE(link_to_broker()->unbind({names.orders(Partition{1}), names.orders(), "1"}).ok());
    const auto checks = check_rabbitmq(rig.options(), rig.clock());
    EXPECT_EQ(names_of(checks), "connection version exchanges queues !messages alarms");
    EXPECT_NE(checks[4].detail.find(names.orders() + " 1: no queue is bound"), std::string::npos);
}

TEST(RabbitChecks, AnAlarmIsSeen) {
    RabbitRig rig;
    auto options = rig.options();
    options.confirm_deadline = Millis{2'000};
    ASSERT_TRUE(broker().control({"set_vm_memory_high_watermark", "0.000001"}).ok());
    const auto checks = check_rabbitmq(options, rig.clock());
    ASSERT_TRUE(broker().control({"set_vm_memory_high_watermark", "0.4"}).ok());
    ASSERT_FALSE(checks.empty());
    EXPECT_EQ(checks.back().name, "alarms");
    EXPECT_FALSE(checks.back().ok);
    EXPECT_NE(checks.back().detail.find("memory"), std::string::npos);
}

}  // namespace
}  // namespace sluice
