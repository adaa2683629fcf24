// Several workers, each with a pool of its own, on one real table of who lives.

#include "adapters/mariadb/workforce.h"

#include <atomic>
#include <map>
#include <thread>

#include "mariadb/test_server.h"
#include "support/virtual_clock.h"

namespace sluice {
namespace {

constexpr std::uint16_t kPartitions = 32;

class MariaWorkforceTest : public ::testing::Test {
protected:
    // A worker process whose view of its own clock, and of the database's, is the test's.
    struct Worker {
        Worker(TestServer& server, const VirtualClock& clock, const std::string& name)
            : process(options(server, clock)), workforce(process.pool(), clock, name) {}
        static MariaPoolOptions options(TestServer& server, const VirtualClock& clock) {
            MariaPoolOptions options;
            options.endpoint = server.endpoint();
            options.fixed_now = [&clock] { return clock.wall(); };
            return options;
        }
        bool attend() { return process.run(workforce.attend(Deadline::never())).ok(); }
        int preferred() const {
            int count = 0;
            for (std::uint16_t i = 0; i < kPartitions; ++i) {
                count += workforce.prefers(Partition{i}) ? 1 : 0;
            }
            return count;
        }
        MariaProcess process;
        MariaWorkforce workforce;
    };

    void SetUp() override { server_.clear(); }

    TestServer& server_ = TestServer::shared();
    VirtualClock clock_;
    Worker first_{server_, clock_, "first"};
    Worker second_{server_, clock_, "second"};
};

TEST_F(MariaWorkforceTest, NobodyDoesAnythingBeforeTheLedgerKnowsOfIt) {
    EXPECT_FALSE(first_.workforce.leads(Duty::kGates));
    EXPECT_EQ(first_.preferred(), 0);
    EXPECT_TRUE(first_.attend());
    EXPECT_TRUE(first_.workforce.leads(Duty::kGates));
    EXPECT_EQ(first_.preferred(), kPartitions);
}

TEST_F(MariaWorkforceTest, WorkersShareEverythingWithoutOverlap) {
    EXPECT_TRUE(first_.attend());
    EXPECT_TRUE(second_.attend());
    EXPECT_TRUE(first_.attend());
    EXPECT_GT(first_.preferred(), 0);
    EXPECT_GT(second_.preferred(), 0);
    for (std::uint16_t i = 0; i < kPartitions; ++i) {
        const Partition partition{i};
        EXPECT_NE(first_.workforce.prefers(partition), second_.workforce.prefers(partition)) << i;
    }
    for (const Duty duty : {Duty::kGates, Duty::kSweep, Duty::kReconcile, Duty::kRelay}) {
        EXPECT_NE(first_.workforce.leads(duty), second_.workforce.leads(duty));
    }
}

TEST_F(MariaWorkforceTest, ManyAttendAtOnceAndNoneHasToTryAgain) {
    constexpr int kWorkers = 4;
    constexpr int kTimes = 50;
    {
        const auto connection = server_.connect();
        for (int i = 0; i < 20; ++i) {
            connection->run("INSERT INTO workers (worker, seen_at) VALUES (?, 1)", "gone " + std::to_string(i));
        }
    }
    std::atomic<int> attended{0};
    std::vector<std::thread> threads;
    for (int number = 0; number < kWorkers; ++number) {
        threads.emplace_back([&, number] {
            Worker worker(server_, clock_, "worker " + std::to_string(number));
            for (int i = 0; i < kTimes; ++i) attended += worker.attend() ? 1 : 0;
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(attended, kWorkers * kTimes);
    const auto connection = server_.connect();
    auto row = connection->prepare("SELECT COUNT(*) FROM workers WHERE worker LIKE 'gone%'");
    row.execute();
    ASSERT_TRUE(row.next());
    EXPECT_EQ(row.get<std::int64_t>(0), 0);
}

TEST_F(MariaWorkforceTest, AWorkerThatDiesIsForgottenAndOneThatLeavesAtOnce) {
    EXPECT_TRUE(second_.attend());
    EXPECT_TRUE(first_.attend());
    clock_.advance(kWorkerForgottenAfter);  // nothing more is heard of the second
    EXPECT_TRUE(first_.attend());
    EXPECT_EQ(first_.preferred(), kPartitions);
    EXPECT_TRUE(second_.attend());
    EXPECT_TRUE(second_.process.run(second_.workforce.leave(Deadline::never())).ok());
    EXPECT_EQ(second_.preferred(), 0);
    EXPECT_TRUE(first_.attend());
    EXPECT_EQ(first_.preferred(), kPartitions);
}

TEST_F(MariaWorkforceTest, AWorkerThatCannotReachTheLedgerStopsLeadingAsTheOthersSeeIt) {
    EXPECT_TRUE(first_.attend());
    clock_.advance(kWorkerForgottenAfter - Millis{1});
    EXPECT_TRUE(first_.workforce.leads(Duty::kSweep));
    clock_.advance(Millis{1});
    EXPECT_FALSE(first_.workforce.leads(Duty::kSweep));
}

}  // namespace
}  // namespace sluice
