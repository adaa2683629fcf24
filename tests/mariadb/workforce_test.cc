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
            : workforce(options(server, clock), clock, log, name) {}
        static MariaPoolOptions options(TestServer& server, const VirtualClock& clock) {
            MariaPoolOptions options;
            options.endpoint = server.endpoint();
            options.fixed_now = [&clock] { return clock.wall(); };
            return options;
        }
        bool attend() { return run_to_end(context, workforce.attend(Deadline::never())).ok(); }
        bool leave() { return run_to_end(context, workforce.leave(Deadline::never())).ok(); }
        int preferred() const {
            int count = 0;
            for (std::uint16_t i = 0; i < kPartitions; ++i) {
                count += workforce.prefers(Partition{i}) ? 1 : 0;
            }
            return count;
        }
        boost::asio::io_context context{1};
        TestLog log;
        MariaWorkforce workforce;
    };

    void SetUp() override { server_.clear(); }

    // The database's clock stands still, so nobody is forgotten for having been silent. A server
    // notices the end of a session a little after it.
    static bool until_alone(Worker& worker) {
        for (int look = 0; look < 10'000 && worker.preferred() != kPartitions; ++look) {
            if (!worker.attend()) return false;
        }
        return worker.preferred() == kPartitions;
    }

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
            connection->run(
                "INSERT INTO workers (worker, seen_at) VALUES (?, 1)", "gone " + std::to_string(i)
            );
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
    EXPECT_TRUE(second_.leave());
    EXPECT_EQ(second_.preferred(), 0);
    EXPECT_TRUE(first_.attend());
    EXPECT_EQ(first_.preferred(), kPartitions);
}

TEST_F(MariaWorkforceTest, AWorkerWhoseSessionEndedIsForgottenHoweverLatelyItWasSeen) {
    {
        Worker killed(server_, clock_, "killed");
        EXPECT_TRUE(killed.attend());
        EXPECT_TRUE(first_.attend());
        EXPECT_GT(killed.preferred(), 0);
        EXPECT_LT(first_.preferred(), kPartitions);
    }  // without leave()
    EXPECT_TRUE(until_alone(first_));
}

TEST_F(MariaWorkforceTest, AWorkerThatOnlyLostItsSessionIsBackWithTheNextAttendance) {
    EXPECT_TRUE(second_.attend());
    EXPECT_TRUE(first_.attend());
    const int shared = first_.preferred();
    EXPECT_LT(shared, kPartitions);
    {
        const auto connection = server_.connect();
        auto row = connection->prepare(
            "SELECT IS_USED_LOCK(CONCAT('sluice.worker.', LEFT(SHA2(CONCAT(DATABASE(), '/second'), "
            "256), 32)))"
        );
        row.execute();
        ASSERT_TRUE(row.next() && !row.is_null(0));
        server_.administer("KILL " + std::to_string(row.get<std::int64_t>(0)));
    }
    EXPECT_TRUE(until_alone(first_));
    EXPECT_TRUE(second_.attend());
    EXPECT_TRUE(first_.attend());
    EXPECT_EQ(first_.preferred(), shared);
}

TEST_F(MariaWorkforceTest, AWorkerWithoutALockIsBelievedByTheTime) {
    const auto connection = server_.connect();
    connection->run("INSERT INTO workers (worker, seen_at) VALUES ('older', ?)", clock_.wall());
    EXPECT_TRUE(first_.attend());
    EXPECT_LT(first_.preferred(), kPartitions);
    clock_.advance(kWorkerForgottenAfter);
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
