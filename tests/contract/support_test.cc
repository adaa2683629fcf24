// The test tools that other suites trust: virtual time, process clocks that die, and the fault
// plan.

#include <gtest/gtest.h>

#include "adapters/memory/memory_gate.h"
#include "async/task_group.h"
#include "support/failing_ports.h"
#include "support/test_log.h"
#include "support/test_meter.h"
#include "support/virtual_clock.h"

namespace sluice {
namespace {

using Trace = std::vector<std::string>;

Task<void> sleeper(Clock& clock, Millis delay, std::string name, Trace& trace) {
    Event nobody;
    const bool woken = co_await clock.sleep_until(clock.now() + delay, nobody);
    trace.push_back(name + (woken ? " woken" : " slept"));
}

TEST(VirtualClock, WakesInTheOrderOfInstantsThenOfSleepers) {
    boost::asio::io_context context;
    VirtualClock clock;
    Trace trace;
    TaskGroup group(context.get_executor());
    group.spawn(sleeper(clock, Millis{20}, "late", trace));
    group.spawn(sleeper(clock, Millis{10}, "first", trace));
    group.spawn(sleeper(clock, Millis{10}, "second", trace));
    const auto began = clock.now();
    context.poll();
    EXPECT_TRUE(trace.empty());
    EXPECT_TRUE(clock.advance_to_next());
    context.poll();
    EXPECT_EQ(trace, (Trace{"first slept", "second slept"}));
    EXPECT_EQ(clock.now(), began + Millis{10});
    EXPECT_TRUE(clock.advance_to_next());
    context.poll();
    EXPECT_EQ(trace.back(), "late slept");
    EXPECT_FALSE(clock.advance_to_next());
}

TEST(VirtualClock, AnEventEndsASleepEarlyAndIsConsumed) {
    boost::asio::io_context context;
    VirtualClock clock;
    Event event;
    Trace trace;
    auto task = [&]() -> Task<void> {
        const bool woken = co_await clock.sleep_until(Instant::max(), event);
        trace.push_back(woken ? "woken" : "slept");
        const bool again = co_await clock.sleep_until(clock.now() + Millis{5}, event);
        trace.push_back(again ? "woken" : "slept");
    };
    TaskGroup group(context.get_executor());
    group.spawn(task());
    context.poll();
    EXPECT_FALSE(clock.advance_to_next());  // a sleep without an end is nothing to advance to
    event.notify();
    context.poll();
    clock.advance(Millis{5});
    context.poll();
    EXPECT_EQ(trace, (Trace{"woken", "slept"}));
}

TEST(VirtualClock, WallStepsDoNotMoveTheBootClock) {
    VirtualClock clock;
    const auto now = clock.now();
    const auto wall = clock.wall();
    clock.step_wall(Millis{-60'000});
    EXPECT_EQ(clock.now(), now);
    EXPECT_EQ(clock.wall(), wall - Millis{60'000});
    clock.advance(Millis{1'000});
    EXPECT_EQ(clock.wall(), wall - Millis{59'000});
}

// Counts how often a coroutine frame was destroyed.
struct Witness {
    explicit Witness(int& count) : destroyed(count) {}
    ~Witness() { ++destroyed; }
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;
    int& destroyed;
};

Task<void> sleep_for_ever(Clock& clock, Event& event, int& destroyed, bool& resumed) {
    const Witness witness(destroyed);
    co_await clock.sleep_until(Instant::max(), event);
    resumed = true;
}

TEST(ProcessClock, DropsTheSleepersOfOneLifeOnly) {
    VirtualClock clock;
    Event killed_event;
    Event living_event;
    int destroyed = 0;
    bool killed_resumed = false;
    bool living_resumed = false;
    boost::asio::io_context living;
    ProcessClock living_clock(clock.line());
    TaskGroup living_group(living.get_executor());
    living_group.spawn(sleep_for_ever(living_clock, living_event, destroyed, living_resumed));
    living.poll();
    {
        boost::asio::io_context killed;
        ProcessClock killed_clock(clock.line());
        TaskGroup group(killed.get_executor());
        group.spawn(sleep_for_ever(killed_clock, killed_event, destroyed, killed_resumed));
        killed.poll();
        EXPECT_EQ(clock.sleepers(), 2U);
    }
    EXPECT_EQ(destroyed, 1);
    EXPECT_EQ(clock.sleepers(), 1U);
    killed_event.notify();  // nobody is there any more
    EXPECT_FALSE(killed_resumed);
    living_event.notify();
    living.restart();
    living.poll();
    EXPECT_TRUE(living_resumed);
}

struct FailingRig {
    template <class T>
    T run(Task<T> task) {
        return run_virtual(context, clock, std::move(task));
    }
    Result<LoadVerdict> load() {
        GateImage image;
        image.sale = SaleId{1};
        image.epoch = Epoch{1};
        image.available = 1;
        return run(gate.load(image.sale, ServerId{"s"}, image, Deadline::never()));
    }
    GateAnswer answer() { return run(inner.snapshot(SaleId{1}, Deadline::never())).value().answer; }

    boost::asio::io_context context;
    VirtualClock clock;
    FaultPlan plan;
    MemoryGate inner{context.get_executor(), clock, ServerId{"s"}};
    FailingGate gate{inner, plan};
};

TEST(FaultPlan, FailsBeforeTheCall) {
    FailingRig rig;
    rig.plan.fail_call(1, Fault::kErrorBefore);
    const auto loaded = rig.load();
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code, Code::kUnavailable);
    EXPECT_EQ(rig.answer(), GateAnswer::kNotLoaded);
    EXPECT_TRUE(rig.load().ok());  // once
    EXPECT_EQ(rig.plan.calls(), 2U);
    EXPECT_EQ(rig.plan.last_failed(), "gate.load");
}

TEST(FaultPlan, LeavesTheOutcomeUnknownAfterTheCall) {
    FailingRig rig;
    rig.plan.fail_call(1, Fault::kUnknownAfter);
    const auto loaded = rig.load();
    ASSERT_FALSE(loaded.ok());
    EXPECT_TRUE(is_unknown(loaded.error()));
    EXPECT_EQ(rig.answer(), GateAnswer::kOk);
}

TEST(FaultPlan, FailsFromTheNthCallOn) {
    FailingRig rig;
    rig.plan.fail_call(2, Fault::kErrorBefore, true);
    EXPECT_TRUE(rig.load().ok());
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(rig.load().ok());
    EXPECT_EQ(rig.plan.failures(), 3U);
    rig.plan.heal();
    EXPECT_TRUE(rig.load().ok());
}

TEST(FaultPlan, TakesVirtualTime) {
    FailingRig rig;
    Prng chance(1);
    rig.plan.delay_randomly(chance, rig.clock, Millis{50});
    const auto began = rig.clock.now();
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(rig.load().ok());
    EXPECT_GT(rig.clock.now(), began);
    EXPECT_LE(rig.clock.now(), began + 20 * 2 * Millis{50});
}

TEST(TestLog, KeepsWhatWasSaid) {
    TestLog log;
    log.warn("queue", "slow", {{"ms", "12"}});
    EXPECT_TRUE(log.contains("queue: slow ms=12"));
    EXPECT_FALSE(log.contains("slow", LogLevel::kError));
    EXPECT_EQ(log.count(LogLevel::kWarn), 1U);
}

TEST(TestMeter, KeepsWhatWasCounted) {
    TestMeter meter;
    meter.count(Count::kParked, 2);
    meter.observe(Timing::kSettle, 9);
    meter.admission(SaleId{1}, "accepted", 3);
    EXPECT_EQ(meter.counted(Count::kParked), 2U);
    EXPECT_EQ(meter.observations(Timing::kSettle), 1U);
    EXPECT_EQ(meter.admitted(SaleId{1}, "accepted"), 3U);
}

}  // namespace
}  // namespace sluice
