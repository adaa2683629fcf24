// The SQLite queue under the queue contract, plus what only it promises: confirmed messages survive
// every crash, ids are never used again, and publishers on other threads wake a sleeping consumer.

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <thread>

#include "adapters/sqlite/order_queue.h"
#include "contract/queue_contract.h"
#include "support/crash_vfs.h"
#include "support/test_log.h"
#include "support/test_store.h"
#include "support/virtual_clock.h"

namespace sluice {
namespace {

constexpr std::uint16_t kPartitions = 2;

// One simulated machine: a disk, and the process life that has it open.
class SqliteQueueRig {
public:
    explicit SqliteQueueRig(std::string synchronous = "FULL")
        : synchronous_(std::move(synchronous)) {
        open();
    }
    ~SqliteQueueRig() { close(); }

    OrderQueue& queue() { return *queue_; }
    SqliteOrderQueue& sqlite_queue() { return *queue_; }
    CrashDisk& disk() { return disk_; }
    VirtualClock& clock() { return clock_; }
    Store& store() { return *store_; }
    static constexpr bool kConsumersTellAge = false;
    Millis patience() const { return Millis{2'000}; }
    RetryTiers tiers() const { return tiers_; }
    Deadline in(Millis delay) { return clock_.in(delay); }
    void pass(Millis by) { clock_.advance(by); }
    template <class T>
    T run(Task<T> task) {
        return run_virtual(context_, clock_, std::move(task));
    }
    void publish_raw(Partition partition, std::string body) {
        SLUICE_CHECK(run(queue_->publish_raw(partition, std::move(body), Deadline::never())).ok());
    }
    void restart() {
        close();
        disk_.kill_process();
        open();
    }
    void crash(Prng* chance) {
        if (chance != nullptr) {
            disk_.crash(*chance);
        } else {
            disk_.crash();
        }
        close();
        open();
    }

private:
    void open() {
        StoreOptions options;
        options.path = "queue.db";
        options.vfs = disk_.vfs();
        options.synchronous = synchronous_;
        auto opened = Store::open(std::move(options), lane_, lane_, log_);
        SLUICE_CHECK(opened.ok());
        store_ = std::move(*opened);
        queue_ = std::make_unique<SqliteOrderQueue>(*store_, kPartitions, clock_, tiers_);
    }
    void close() {
        queue_.reset();
        store_.reset();
    }

    const std::string synchronous_;
    CrashDisk disk_;
    TestLog log_;
    boost::asio::io_context context_;
    VirtualClock clock_;
    InlineLane lane_{context_.get_executor()};
    RetryTiers tiers_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<SqliteOrderQueue> queue_;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, QueueContract, SqliteQueueRig);

namespace {

constexpr Partition kPartition{0};

Message numbered(std::uint64_t number) { return Barrier{SaleId{1}, Epoch{number}}; }

// Everything in the queue, acked on the way.
std::vector<std::uint64_t> drain(SqliteQueueRig& rig) {
    std::vector<std::uint64_t> found;
    auto consumer = rig.run(rig.queue().consume(kPartition, Deadline::never())).value();
    for (;;) {
        const auto taken = rig.run(consumer->take(1, rig.in(Millis{0}))).value();
        if (!taken) return found;
        found.push_back(std::get<Barrier>(taken->work).epoch.value());
        SLUICE_CHECK(rig.run(consumer->ack(taken->through, Deadline::never())).ok());
    }
}

bool publish(SqliteQueueRig& rig, std::uint64_t number) {
    return rig.run(rig.queue().publish(kPartition, numbered(number), Deadline::never())).ok();
}

TEST(SqliteQueue, ConfirmedMessagesSurviveAPowerFailure) {
    SqliteQueueRig rig;
    for (std::uint64_t number = 1; number <= 20; ++number) ASSERT_TRUE(publish(rig, number));
    rig.crash(nullptr);
    EXPECT_EQ(drain(rig).size(), 20U);
}

// Shows that the crash test bites: without the sync the very same run loses confirmed messages.
TEST(SqliteQueue, WithoutSyncAPowerFailureLosesConfirmedMessages) {
    SqliteQueueRig rig("OFF");
    for (std::uint64_t number = 1; number <= 20; ++number) ASSERT_TRUE(publish(rig, number));
    rig.crash(nullptr);
    EXPECT_LT(drain(rig).size(), 20U);
}

// One life: publishes, takes, acks in a random order, remembering what it was told.
struct Remembered {
    std::set<std::uint64_t> confirmed;  // must be there
    std::set<std::uint64_t> acked;      // may be gone
    std::uint64_t next = 1;
};
void live(SqliteQueueRig& rig, Prng& chance, Remembered& remembered) {
    auto consumer = rig.run(rig.queue().consume(kPartition, Deadline::never())).value();
    for (auto steps = 5 + chance.below(40); steps > 0; --steps) {
        if (chance.one_in(2)) {
            const auto number = remembered.next++;
            if (publish(rig, number)) remembered.confirmed.insert(number);
            continue;
        }
        const auto taken = rig.run(consumer->take(1, rig.in(Millis{0}))).value();
        if (!taken || chance.one_in(4)) continue;
        remembered.acked.insert(std::get<Barrier>(taken->work).epoch.value());
        SLUICE_CHECK(rig.run(consumer->ack(taken->through, Deadline::never())).ok());
    }
}

TEST(SqliteQueue, NoConfirmedMessageIsLostOverManyTornCrashes) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SqliteQueueRig rig;
        Prng chance(seed);
        Remembered remembered;
        for (int lives = 0; lives < 10; ++lives) {
            live(rig, chance, remembered);
            rig.crash(&chance);
        }
        const auto found = drain(rig);
        EXPECT_TRUE(std::is_sorted(found.begin(), found.end())) << "seed " << seed;
        for (const auto number : remembered.confirmed) {
            const bool there = std::binary_search(found.begin(), found.end(), number);
            EXPECT_TRUE(there || remembered.acked.contains(number))
                << "message " << number << " of seed " << seed;
        }
    }
}

TEST(SqliteQueue, NeverUsesAnIdAgain) {
    SqliteQueueRig rig;
    std::uint64_t last = 0;
    for (int life = 0; life < 5; ++life) {
        ASSERT_TRUE(publish(rig, 1));
        auto consumer = rig.run(rig.queue().consume(kPartition, Deadline::never())).value();
        const auto taken = rig.run(consumer->take(1, rig.in(Millis{0}))).value();
        ASSERT_TRUE(taken.has_value());
        EXPECT_GT(taken->through.through, last);
        last = taken->through.through;
        ASSERT_TRUE(rig.run(consumer->ack(taken->through, Deadline::never())).ok());
        consumer.reset();
        rig.restart();  // with an empty table
    }
}

TEST(SqliteQueue, TiersSurviveARestart) {
    SqliteQueueRig rig;
    auto& queue = rig.queue();
    auto delayed =
        queue.publish_after(RetryTier::kFirst, kPartition, numbered(7), rig.in(Millis{9}));
    ASSERT_TRUE(rig.run(std::move(delayed)).ok());
    rig.restart();
    EXPECT_TRUE(drain(rig).empty());
    rig.pass(rig.tiers().delay(RetryTier::kFirst));
    EXPECT_EQ(drain(rig), std::vector<std::uint64_t>{7});
}

TEST(SqliteQueue, ASleepingTakeFindsADueTierByItself) {
    SqliteQueueRig rig;
    auto& queue = rig.queue();
    auto delayed =
        queue.publish_after(RetryTier::kThird, kPartition, numbered(7), rig.in(Millis{9}));
    ASSERT_TRUE(rig.run(std::move(delayed)).ok());
    auto consumer = rig.run(queue.consume(kPartition, Deadline::never())).value();
    const auto began = rig.clock().now();
    const auto taken = rig.run(consumer->take(1, Deadline::never())).value();
    ASSERT_TRUE(taken.has_value());
    const auto slept = rig.clock().now() - began;
    EXPECT_GE(slept, rig.tiers().delay(RetryTier::kThird));
    EXPECT_LE(slept, rig.tiers().delay(RetryTier::kThird) + 2 * kDueCheckInterval);
}

TEST(SqliteQueue, CallsFailWhenTheDiskIsGone) {
    SqliteQueueRig rig;
    ASSERT_TRUE(publish(rig, 1));
    auto consumer = rig.run(rig.queue().consume(kPartition, Deadline::never())).value();
    rig.disk().kill_process();
    const auto published = rig.run(rig.queue().publish(kPartition, numbered(2), Deadline::never()));
    ASSERT_FALSE(published.ok());
    const auto code = published.error().code;
    EXPECT_TRUE(code == Code::kNotPublished || code == Code::kOutcomeUnknown);
    EXPECT_FALSE(rig.run(consumer->take(1, rig.in(Millis{0}))).ok());
}

// A consumer that a killed process leaves behind may be destroyed after everything else.
TEST(SqliteQueue, AllowsAConsumerToOutliveIt) {
    std::unique_ptr<Consumer> consumer;
    SqliteQueueRig rig;
    consumer = rig.run(rig.queue().consume(kPartition, Deadline::never())).value();
    rig.restart();
    consumer.reset();
}

// Publishes on a thread and a context of its own.
void publish_many(
    boost::asio::io_context& context, SqliteOrderQueue& queue, std::uint64_t first,
    std::uint64_t count
) {
    for (auto number = first; number < first + count; ++number) {
        auto publish = queue.publish(kPartition, numbered(number), Deadline::never());
        SLUICE_CHECK(run_to_end(context, std::move(publish)).ok());
    }
}

// Takes until `count` messages came; the virtual clock never moves, so only publishers can wake it.
Task<Result<Done>> take_many(OrderQueue& queue, std::size_t count, std::set<std::uint64_t>& seen) {
    auto consumer = co_await queue.consume(kPartition, Deadline::never());
    if (!consumer.ok()) co_return consumer.error();
    while (seen.size() < count) {
        auto taken = co_await (*consumer)->take(64, Deadline::never());
        if (!taken.ok()) co_return taken.error();
        seen.insert(std::get<Barrier>((*taken)->work).epoch.value());
        auto acked = co_await (*consumer)->ack((*taken)->through, Deadline::never());
        if (!acked.ok()) co_return acked.error();
    }
    co_return Done{};
}

TEST(SqliteQueue, PublishersOnOtherThreadsWakeTheConsumer) {
    constexpr std::uint64_t kThreads = 3;
    constexpr std::uint64_t kEach = 100;
    std::array<boost::asio::io_context, kThreads> contexts;  // outlive the lanes that post to them
    TestStore store(TestStore::Lanes::kThread);
    VirtualClock clock;
    SqliteOrderQueue queue(store.store(), kPartitions, clock);
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < kThreads; ++i) {
        auto& context = contexts[i];
        threads.emplace_back([&, i] { publish_many(context, queue, 1 + i * kEach, kEach); });
    }
    std::set<std::uint64_t> seen;
    const auto taken = store.run(take_many(queue, kThreads * kEach, seen));
    for (auto& thread : threads) thread.join();
    EXPECT_TRUE(taken.ok());
    EXPECT_EQ(seen.size(), kThreads * kEach);
}

}  // namespace
}  // namespace sluice
