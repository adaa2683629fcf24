// The memory gate under the gate contract, plus what only it has: facts for the auditor. And
// MemoryEvents.

#include "adapters/memory/memory_gate.h"

#include <gtest/gtest.h>

#include "adapters/memory/memory_events.h"
#include "contract/gate_contract.h"
#include "support/virtual_clock.h"

namespace sluice {
namespace {

class MemoryGateRig {
public:
    MemoryGateRig() { lose_server(); }

    Gate& gate() { return *gate_; }
    MemoryGate& memory_gate() { return *gate_; }
    WallTime now() const { return clock_.wall(); }
    void pass(Millis by) { clock_.advance(by); }
    void lose_server() {
        ServerId self{"server-" + std::to_string(++lives_)};
        gate_ = std::make_unique<MemoryGate>(context_.get_executor(), clock_, std::move(self));
    }
    template <class T>
    T run(Task<T> task) {
        return run_virtual(context_, clock_, std::move(task));
    }

private:
    boost::asio::io_context context_;
    VirtualClock clock_;
    int lives_ = 0;
    std::unique_ptr<MemoryGate> gate_;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, GateContract, MemoryGateRig);

namespace {

TEST(MemoryGate, GivesTheAuditorEveryLoadedGate) {
    MemoryGateRig rig;
    const auto server = rig.run(rig.gate().server_of(SaleId{1}, Deadline::never())).value();
    for (const std::uint32_t number : {2U, 1U}) {
        GateImage image;
        image.sale = SaleId{number};
        image.epoch = Epoch{4};
        image.version = Version{9};
        image.available = 10;
        const AcceptedOrder order{
            OrderId::compose(image.sale, {}), BuyerId{"ann"}, 2, rig.now(), Terms{}};
        image.held.push_back({order, rig.now(), 0});
        auto load = rig.gate().load(image.sale, server, std::move(image), Deadline::never());
        ASSERT_EQ(rig.run(std::move(load)).value(), LoadVerdict::kLoaded);
    }
    const auto facts = rig.run(rig.memory_gate().facts());
    ASSERT_EQ(facts.size(), 2U);
    EXPECT_EQ(facts[0].sale, 1U);
    EXPECT_TRUE(facts[0].serving);
    EXPECT_EQ(facts[0].epoch, 4U);
    EXPECT_EQ(facts[0].version, 9U);
    EXPECT_EQ(facts[0].available, 10);
    EXPECT_EQ(facts[0].held, 2);
    ASSERT_EQ(facts[0].held_orders.size(), 1U);
    EXPECT_EQ(facts[0].held_orders[0].order, OrderId::compose(SaleId{1}, {}).text());
    EXPECT_EQ(facts[1].sale, 2U);
}

TEST(MemoryEvents, ReachEveryListenerUntilItsHandleIsGone) {
    MemoryEvents events;
    int heard_by_first = 0;
    int heard_by_second = 0;
    auto first = events.subscribe([&](const OutcomeEvent&) { ++heard_by_first; });
    const auto second = events.subscribe([&](const OutcomeEvent&) { ++heard_by_second; });
    events.publish({SaleId{1}, {}});
    first.reset();
    events.publish({SaleId{1}, {}});
    EXPECT_EQ(heard_by_first, 1);
    EXPECT_EQ(heard_by_second, 2);
}

TEST(MemoryEvents, AllowAListenerToLeaveWhileItListens) {
    MemoryEvents events;
    int heard = 0;
    std::shared_ptr<void> own;
    own = events.subscribe([&](const OutcomeEvent&) {
        ++heard;
        own.reset();
    });
    events.publish({SaleId{1}, {}});
    events.publish({SaleId{1}, {}});
    EXPECT_EQ(heard, 1);
}

TEST(MemoryEvents, AllowAHandleToOutliveThem) {
    auto events = std::make_unique<MemoryEvents>();
    auto handle = events->subscribe([](const OutcomeEvent&) {});
    events.reset();
    handle.reset();
}

}  // namespace
}  // namespace sluice
