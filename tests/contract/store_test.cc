// The promises of the Store: writes of one group do not hurt each other, nothing is said before the
// COMMIT, a failed COMMIT is unknown, and an acknowledged write survives a power failure.

#include "adapters/sqlite/store.h"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <stdexcept>
#include <vector>

#include "support/crash_vfs.h"
#include "support/test_store.h"

namespace sluice {
namespace {

using Write = std::function<Result<Done>(Connection&)>;
using Answers = std::vector<std::optional<Result<Done>>>;

Write insert(std::string name) {
    return [name = std::move(name)](Connection& connection) -> Result<Done> {
        connection.run("INSERT INTO settings (name, value) VALUES (?1, 1)", name);
        return Done{};
    };
}

std::int64_t count_like(Connection& connection, std::string_view pattern) {
    auto row = connection.prepare("SELECT COUNT(*) FROM settings WHERE name LIKE ?1");
    row.query(pattern).next();
    return row.get<std::int64_t>(0);
}

class StoreTest : public ::testing::Test {
protected:
    explicit StoreTest(TestStore::Lanes lanes = TestStore::Lanes::kInline) : test_(lanes) {}

    static Task<void> keep(Store& store, Write work, std::optional<Result<Done>>& answer) {
        answer.emplace(co_await store.write<Done>(std::move(work)));
    }
    // Starts all writes before the first one can run.
    static void start(TestStore& test, std::vector<Write> works, Answers& answers) {
        answers.resize(works.size());
        for (std::size_t i = 0; i < works.size(); ++i) {
            auto task = keep(test.store(), std::move(works[i]), answers[i]);
            boost::asio::co_spawn(test.context(), std::move(task), boost::asio::detached);
        }
        test.context().restart();
    }
    static Answers write_together(TestStore& test, std::vector<Write> works) {
        Answers answers;
        start(test, std::move(works), answers);
        test.context().run();
        return answers;
    }
    static std::int64_t count(TestStore& test, std::string pattern) {
        auto work = [pattern](Connection& connection) -> Result<std::int64_t> {
            return count_like(connection, pattern);
        };
        return *test.run(test.store().read<std::int64_t>(std::move(work)));
    }
    static Code code_of(const std::optional<Result<Done>>& answer) {
        return answer && !answer->ok() ? answer->error().code : Code::kInternal;
    }

    TestStore test_;
};

TEST_F(StoreTest, FailingWriteDoesNotHurtItsNeighbours) {
    const Write refuse = [](Connection& connection) -> Result<Done> {
        connection.run("INSERT INTO settings (name, value) VALUES ('x-refused', 1)");
        return fail(Code::kConflict, "no");
    };
    const Write violate = [](Connection& connection) -> Result<Done> {
        connection.run("INSERT INTO settings (name, value) VALUES ('x-violated', 1)");
        connection.run("INSERT INTO settings (name, value) VALUES ('x-one', 1)");
        return Done{};
    };
    const Write explode = [](Connection&) -> Result<Done> { throw std::runtime_error("bang"); };
    const auto answers =
        write_together(test_, {insert("x-one"), refuse, violate, explode, insert("x-two")});
    EXPECT_TRUE(answers[0]->ok());
    EXPECT_EQ(code_of(answers[1]), Code::kConflict);
    EXPECT_EQ(code_of(answers[2]), Code::kPermanent);
    EXPECT_EQ(code_of(answers[3]), Code::kInternal);
    EXPECT_TRUE(answers[4]->ok());
    EXPECT_EQ(count(test_, "x-%"), 2);
}

TEST_F(StoreTest, FailedCommitIsUnknownForTheWholeGroup) {
    // The broken reference is found only at COMMIT.
    const Write poison = [](Connection& connection) -> Result<Done> {
        connection.execute("PRAGMA defer_foreign_keys=ON");
        connection.run(
            "INSERT INTO sale_stock (sale_id, total, available, version, epoch, sealed_epoch)"
            " VALUES (7, 1, 1, 1, 1, 0)"
        );
        return Done{};
    };
    const Write refuse = [](Connection&) -> Result<Done> { return fail(Code::kConflict, "no"); };
    const auto answers = write_together(test_, {insert("x-one"), poison, refuse, insert("x-two")});
    for (const auto& answer : answers) EXPECT_EQ(code_of(answer), Code::kOutcomeUnknown);
    EXPECT_EQ(count(test_, "x-%"), 0);
    EXPECT_TRUE(test_.log().contains("commit failed", LogLevel::kError));
    EXPECT_TRUE(write_together(test_, {insert("x-three")})[0]->ok());
}

TEST_F(StoreTest, LostTransactionFailsTheGroupWithoutTrace) {
    const Write lose = [](Connection& connection) -> Result<Done> {
        connection.execute("ROLLBACK");  // as SQLite itself does when the disk is full
        return Done{};
    };
    const auto answers = write_together(test_, {insert("x-one"), lose, insert("x-two")});
    for (const auto& answer : answers) EXPECT_EQ(code_of(answer), Code::kUnavailable);
    EXPECT_EQ(count(test_, "x-%"), 0);
    EXPECT_TRUE(write_together(test_, {insert("x-three")})[0]->ok());
}

TEST_F(StoreTest, NothingIsAnsweredBeforeTheCommit) {
    Answers answers;
    bool nothing_said = false;
    const Write look = [&](Connection&) -> Result<Done> {
        nothing_said = !answers[0] && !answers[1];
        return Done{};
    };
    start(test_, {insert("x-one"), look}, answers);
    test_.context().run();
    EXPECT_TRUE(nothing_said);
    EXPECT_TRUE(answers[0]->ok());
}

TEST_F(StoreTest, TooMuchWaitingIsRefusedAtOnce) {
    StoreOptions options;
    options.synchronous = "OFF";
    options.waiting_max = 2;
    TestStore test(TestStore::Lanes::kInline, options);
    const auto answers = write_together(test, {insert("x-1"), insert("x-2"), insert("x-3")});
    EXPECT_TRUE(answers[0]->ok());
    EXPECT_TRUE(answers[1]->ok());
    EXPECT_EQ(code_of(answers[2]), Code::kOverloaded);
    EXPECT_EQ(count(test, "x-%"), 2);
}

// Keeps what is posted until the test runs it.
class HeldLane final : public Lane {
public:
    void post(std::function<void()> work) override { held_.push_back(std::move(work)); }
    void run() {
        for (auto& work : std::exchange(held_, {})) work();
    }
    std::size_t held() const { return held_.size(); }

private:
    std::vector<std::function<void()>> held_;
};

TEST_F(StoreTest, ClosingWithWorkInFlightRunsNoneOfIt) {
    HeldLane lane;
    TestLog log;
    StoreOptions options;
    options.path = test_.path();
    auto store = std::move(*Store::open(options, lane, lane, log));
    bool ran = false;
    const Write never = [&](Connection&) -> Result<Done> {
        ran = true;
        return Done{};
    };
    std::optional<Result<Done>> answer;
    boost::asio::io_context context;
    boost::asio::co_spawn(context, keep(*store, never, answer), boost::asio::detached);
    context.poll();
    EXPECT_EQ(lane.held(), 1U);
    store.reset();
    lane.run();
    EXPECT_FALSE(ran);
    EXPECT_FALSE(answer);
}

TEST_F(StoreTest, ReadsSeeTheirOwnSnapshotAndCannotWrite) {
    auto work = [](Connection& connection) -> Result<Done> {
        connection.run("DELETE FROM settings");
        return Done{};
    };
    const auto refused = test_.run(test_.store().read<Done>(std::move(work)));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(count(test_, "lease%"), 2);
}

TEST_F(StoreTest, FileOfANewerVersionIsRefused) {
    auto work = [](Connection& connection) -> Result<Done> {
        connection.run("INSERT INTO schema_migrations (name) VALUES ('9999_future.sql')");
        return Done{};
    };
    ASSERT_TRUE(test_.run(test_.store().write<Done>(std::move(work))).ok());
    test_.close();
    StoreOptions options;
    options.path = test_.path();
    InlineLane lane(test_.context().get_executor());
    TestLog log;
    const auto opened = Store::open(options, lane, lane, log);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, Code::kConflict);
    options.path = "/nonexistent/store.db";
    const auto missing = Store::open(options, lane, lane, log);
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().code, Code::kUnavailable);
}

class StoreOnDisk : public StoreTest {
protected:
    StoreOptions options(const std::string& synchronous) const {
        StoreOptions options;
        options.path = "store.db";
        options.vfs = disk_.vfs();
        options.synchronous = synchronous;
        return options;
    }
    // Rows that a power failure leaves of one acknowledged write.
    std::int64_t rows_after_power_failure(const std::string& synchronous) {
        TestStore test(TestStore::Lanes::kInline, options(synchronous));
        EXPECT_TRUE(write_together(test, {insert("x-one")})[0]->ok());
        disk_.crash();
        test.reopen();
        return count(test, "x-%");
    }

    CrashDisk disk_;
};

TEST_F(StoreOnDisk, AcknowledgedWriteSurvivesAPowerFailure) {
    EXPECT_EQ(rows_after_power_failure("FULL"), 1);
}

TEST_F(StoreOnDisk, UnsyncedWriteDoesNotSoTheTestBites) {
    EXPECT_EQ(rows_after_power_failure("OFF"), 0);
}

TEST_F(StoreOnDisk, GroupNeedsOneSync) {
    TestStore test(TestStore::Lanes::kInline, options("FULL"));
    write_together(test, {insert("x-first")});  // the first commit also syncs the new WAL's header
    const auto before = disk_.syncs();
    std::vector<Write> works;
    for (int i = 0; i < 100; ++i) works.push_back(insert("x-" + std::to_string(i)));
    write_together(test, std::move(works));
    EXPECT_EQ(disk_.syncs() - before, 1U);
    EXPECT_EQ(count(test, "x-%"), 101);
}

TEST_F(StoreOnDisk, DiskThatDiesDuringTheGroupIsNeverASuccess) {
    TestStore test(TestStore::Lanes::kInline, options("FULL"));
    const Write die = [&](Connection&) -> Result<Done> {
        disk_.kill_process();
        return Done{};
    };
    const auto answers = write_together(test, {insert("x-one"), die});
    for (const auto& answer : answers) {
        ASSERT_TRUE(answer && !answer->ok());
        EXPECT_TRUE(
            code_of(answer) == Code::kOutcomeUnknown || code_of(answer) == Code::kUnavailable
        );
    }
    test.reopen();
    EXPECT_EQ(count(test, "x-%"), 0);
}

class StoreOnThreads : public StoreTest {
protected:
    StoreOnThreads() : StoreTest(TestStore::Lanes::kThread) {}
};

TEST_F(StoreOnThreads, AllWritesArriveAndAllCallersResume) {
    std::vector<Write> works;
    for (int i = 0; i < 2'000; ++i) works.push_back(insert("x-" + std::to_string(i)));
    const auto answers = write_together(test_, std::move(works));
    for (const auto& answer : answers) ASSERT_TRUE(answer && answer->ok());
    EXPECT_EQ(count(test_, "x-%"), 2'000);
}

}  // namespace
}  // namespace sluice
