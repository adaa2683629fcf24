// The private node itself: what it takes, what it leaves behind.

#include <gtest/gtest.h>

#include "rabbitmq/broker.h"

namespace sluice {
namespace {

TEST(RabbitmqServer, RefusesWhatItsConfigurationCannotHold) {
    for (const auto* password : {"", "with blank", "quote\"", "new\nline", "hash#"}) {
        stack::RabbitmqOptions options;
        options.password = password;
        const auto started = stack::RabbitmqServer::start(options);
        ASSERT_FALSE(started.ok());
        EXPECT_EQ(started.error().code, Code::kInvalidField);
    }
}

TEST(RabbitmqServer, ListensOnTheLoopbackAddressOnly) {
    const auto listeners = broker().control(
        {"eval",
         "[{inet:ntoa(A), P} || {listener,_,_,_,A,P,_} <- rabbit_networking:active_listeners()]."}
    );
    ASSERT_TRUE(listeners.ok()) << to_string(listeners.error());
    EXPECT_NE(listeners->find("127.0.0.1"), std::string::npos) << *listeners;
    EXPECT_EQ(listeners->find("0.0.0.0"), std::string::npos) << *listeners;
}

TEST(RabbitmqServer, TellsWhatRabbitmqctlSaidWhenItFails) {
    const auto failed = broker().control({"no_such_command"});
    ASSERT_FALSE(failed.ok());
    EXPECT_NE(failed.error().detail.find("no_such_command"), std::string::npos);
}

// As `sluice stack` does: started by one object, used and stopped by another; messages survive a
// stop.
TEST(RabbitmqServer, IsStoppedByWhoeverKnowsItAndKeepsItsMessages) {
    RabbitRig rig;
    rig.publish_raw(Partition{0}, "kept");
    rig.close_queue();
    stack::RabbitmqServer known(broker().options(), broker().processes());
    EXPECT_TRUE(known.running());
    EXPECT_TRUE(known.stop());
    EXPECT_FALSE(stack::is_running(known.processes().broker));
    EXPECT_FALSE(stack::is_running(known.processes().epmd));
    ASSERT_TRUE(broker().restart().ok());
    rig.open_queue();
    const auto depths = rig.run(rig.queue().depths(rig.in(Millis{2'000})));
    ASSERT_TRUE(depths.ok());
    EXPECT_EQ(depths->front().ready, 1U);
}

}  // namespace
}  // namespace sluice
