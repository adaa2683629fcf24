#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "async/event.h"
#include "async/lane.h"
#include "async/run_on.h"
#include "async/suspend.h"
#include "async/task_group.h"

namespace sluice {
namespace {

class AsyncTest : public ::testing::Test {
protected:
    void spawn(Task<void> task) {
        boost::asio::co_spawn(context_, std::move(task), boost::asio::detached);
    }
    Executor executor() { return context_.get_executor(); }

    boost::asio::io_context context_;
};

Task<void> await_value(std::shared_ptr<std::optional<Resume<int>>> slot, int* result) {
    auto start = [slot](Resume<int> resume) { slot->emplace(std::move(resume)); };
    *result = co_await suspend<int>(std::move(start));
}

TEST_F(AsyncTest, SuspendParksUntilResumed) {
    auto slot = std::make_shared<std::optional<Resume<int>>>();
    int result = 0;
    spawn(await_value(slot, &result));
    context_.poll();
    ASSERT_TRUE(slot->has_value());
    EXPECT_EQ(result, 0);
    (**slot)(7);
    EXPECT_EQ(result, 0);  // posted, never run inline
    context_.restart();
    context_.poll();
    EXPECT_EQ(result, 7);
}

TEST_F(AsyncTest, SuspendMayBeResumedInsideStart) {
    int result = 0;
    auto task = [](int* out) -> Task<void> {
        auto start = [](Resume<int> resume) { resume(5); };
        *out = co_await suspend<int>(std::move(start));
    };
    spawn(task(&result));
    context_.run();
    EXPECT_EQ(result, 5);
}

Task<void> await_on_thread(std::vector<std::thread>* threads, std::thread::id* resumed_on) {
    auto start = [threads](Resume<std::unique_ptr<int>> resume) {
        threads->emplace_back([resume = std::move(resume)]() mutable {
            resume(std::make_unique<int>(9));
        });
    };
    const std::unique_ptr<int> value = co_await suspend<std::unique_ptr<int>>(std::move(start));
    EXPECT_EQ(*value, 9);
    *resumed_on = std::this_thread::get_id();
}

TEST_F(AsyncTest, ResumeFromAnotherThreadComesBackToTheCallersExecutor) {
    std::vector<std::thread> threads;
    std::thread::id resumed_on;
    auto work = boost::asio::make_work_guard(context_);
    auto task = [](AsyncTest*, std::vector<std::thread>* all, std::thread::id* id,
                   decltype(work)* guard) -> Task<void> {
        co_await await_on_thread(all, id);
        guard->reset();
    };
    spawn(task(this, &threads, &resumed_on, &work));
    context_.run();
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(resumed_on, std::this_thread::get_id());
}

struct Flag {
    bool* raised;
    explicit Flag(bool* at) : raised(at) {}
    Flag(const Flag&) = delete;
    Flag& operator=(const Flag&) = delete;
    ~Flag() { *raised = true; }
};

TEST_F(AsyncTest, DestroyingAResumeDestroysTheCoroutine) {
    auto slot = std::make_shared<std::optional<Resume<int>>>();
    bool destroyed = false;
    int result = 0;
    auto task = [](bool* at, std::shared_ptr<std::optional<Resume<int>>> s,
                   int* out) -> Task<void> {
        const Flag flag(at);
        co_await await_value(s, out);
    };
    spawn(task(&destroyed, slot, &result));
    context_.poll();
    EXPECT_FALSE(destroyed);
    slot->reset();
    EXPECT_FALSE(destroyed);  // Asio unwinds through the executor
    context_.restart();
    context_.poll();
    EXPECT_TRUE(destroyed);
    EXPECT_EQ(result, 0);
}

TEST_F(AsyncTest, RunOnRunsThereAndComesBack) {
    boost::asio::thread_pool pool(1);
    auto work =
        std::make_unique<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>>(
            context_.get_executor()
        );
    std::thread::id ran_on, back_on;
    auto task = [](Executor there, std::thread::id* ran, std::thread::id* back,
                   decltype(work)* guard) -> Task<void> {
        auto where = [] { return std::this_thread::get_id(); };
        *ran = co_await run_on(there, where);
        *back = std::this_thread::get_id();
        guard->reset();
    };
    spawn(task(pool.get_executor(), &ran_on, &back_on, &work));
    context_.run();
    pool.join();
    EXPECT_NE(ran_on, std::this_thread::get_id());
    EXPECT_EQ(back_on, std::this_thread::get_id());
}

TEST_F(AsyncTest, RunOnAStrandSerialisesItsCallers) {
    constexpr int kThreads = 4;
    constexpr int kCallers = 64;
    boost::asio::thread_pool pool(kThreads);
    const Executor strand = boost::asio::make_strand(pool.get_executor());
    int counter = 0;  // guarded by the strand only
    auto task = [](Executor owner, int* count) -> Task<void> {
        for (int i = 0; i < 10; ++i) {
            auto increment = [count] { return ++*count; };
            co_await run_on(owner, increment);
        }
    };
    for (int i = 0; i < kCallers; ++i) {
        boost::asio::co_spawn(pool, task(strand, &counter), boost::asio::detached);
    }
    pool.join();
    EXPECT_EQ(counter, kCallers * 10);
}

TEST_F(AsyncTest, JoinWaitsForEveryTaskOfTheGroup) {
    TaskGroup group(executor());
    std::vector<std::shared_ptr<std::optional<Resume<int>>>> slots;
    std::vector<int> results(3, 0);
    for (int& result : results) {
        slots.push_back(std::make_shared<std::optional<Resume<int>>>());
        group.spawn(await_value(slots.back(), &result));
    }
    int joined = 0;
    auto join = [](TaskGroup* tasks, int* count) -> Task<void> {
        co_await tasks->join();
        ++*count;
    };
    spawn(join(&group, &joined));
    spawn(join(&group, &joined));
    context_.poll();
    EXPECT_EQ(group.running(), 3U);
    for (auto& slot : slots) {
        EXPECT_EQ(joined, 0);
        (**slot)(1);
        context_.restart();
        context_.poll();
    }
    EXPECT_EQ(group.running(), 0U);
    EXPECT_EQ(joined, 2);
    EXPECT_EQ(results, (std::vector<int>{1, 1, 1}));
}

TEST_F(AsyncTest, JoinOfAnEmptyGroupReturnsAtOnceAndSpawnNeverRunsInline) {
    TaskGroup group(executor());
    bool joined = false;
    bool ran = false;
    auto join = [](TaskGroup* tasks, bool* done) -> Task<void> {
        co_await tasks->join();
        *done = true;
    };
    spawn(join(&group, &joined));
    context_.run();
    EXPECT_TRUE(joined);
    auto set = [](bool* flag) -> Task<void> {
        *flag = true;
        co_return;
    };
    group.spawn(set(&ran));
    EXPECT_FALSE(ran);
    context_.restart();
    context_.run();
    EXPECT_TRUE(ran);
}

TEST_F(AsyncTest, WhoJoinsTheirOwnGroupGoesWithTheLastOfItsTasks) {
    using Slot = std::shared_ptr<std::optional<Resume<int>>>;
    const std::vector<Slot> slots{
        std::make_shared<Slot::element_type>(), std::make_shared<Slot::element_type>()};
    bool destroyed = false;
    bool joined = false;
    int result = 0;
    auto owner = [](Executor on, std::vector<Slot> each, bool* gone, bool* done,
                    int* out) -> Task<void> {
        const Flag flag(gone);
        TaskGroup group(std::move(on));
        for (const Slot& slot : each) group.spawn(await_value(slot, out));
        co_await group.join();
        *done = true;
    };
    spawn(owner(executor(), slots, &destroyed, &joined, &result));
    context_.poll();
    for (const Slot& slot : slots) {
        ASSERT_TRUE(slot->has_value());
        EXPECT_FALSE(destroyed);
        slot->reset();  // as when their process is killed
        context_.restart();
        context_.poll();
    }
    EXPECT_TRUE(destroyed);
    EXPECT_FALSE(joined);
}

TEST(ThreadLane, RunsWorkInTheOrderPostedOnOneOtherThread) {
    std::vector<int> order;  // touched by the lane only, until it is joined
    std::vector<std::thread::id> ids;
    {
        ThreadLane lane("test-lane");
        for (int i = 0; i < 1'000; ++i) {
            lane.post([&order, &ids, i] {
                order.push_back(i);
                ids.push_back(std::this_thread::get_id());
            });
        }
    }  // the destructor runs what was posted
    ASSERT_EQ(order.size(), 1'000U);
    for (int i = 0; i < 1'000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
    EXPECT_EQ(std::count(ids.begin(), ids.end(), ids.front()), 1'000);
    EXPECT_NE(ids.front(), std::this_thread::get_id());
}

TEST(ThreadLane, WorkMayPostMoreWork) {
    std::promise<int> done;
    ThreadLane lane("a-name-longer-than-a-thread-may-have");
    lane.post([&] { lane.post([&] { done.set_value(3); }); });
    EXPECT_EQ(done.get_future().get(), 3);
}

TEST_F(AsyncTest, InlineLaneRunsWorkInOrderOnItsExecutor) {
    InlineLane lane(executor());
    std::vector<int> order;
    lane.post([&] { order.push_back(1); });
    lane.post([&] { order.push_back(2); });
    EXPECT_TRUE(order.empty());
    context_.run();
    EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(Event, IsStickyAndTakenOnce) {
    Event event;
    EXPECT_FALSE(event.take());
    event.notify();
    event.notify();
    EXPECT_TRUE(event.take());
    EXPECT_FALSE(event.take());
}

TEST(Event, WakesItsSleeperOnceAndOnlyWhileArmed) {
    Event event;
    int woken = 0;
    event.arm([&] { ++woken; });
    event.notify();
    event.notify();
    EXPECT_EQ(woken, 1);
    event.arm([&] { ++woken; });
    event.arm(nullptr);
    event.notify();
    EXPECT_EQ(woken, 1);
    EXPECT_TRUE(event.take());
}

}  // namespace
}  // namespace sluice
