// Migrations: side by side, cut off anywhere, by a program that is too old.

#include "adapters/mariadb/migrations.h"

#include <thread>

#include "mariadb/proxy.h"
#include "mariadb/test_server.h"

namespace sluice {
namespace {

class MariaMigrations : public ::testing::Test {
protected:
    void SetUp() override { server_.recreate_database(); }
    // Leaves a schema behind for whoever comes next.
    void TearDown() override {
        server_.recreate_database();
        server_.clear();
    }
    std::string difference() {
        auto found = schema_difference(server_.endpoint());
        return found.ok() ? *found : to_string(found.error());
    }

    TestServer& server_ = TestServer::shared();
};

TEST_F(MariaMigrations, EmptyDatabaseGetsItsSchemaOnce) {
    EXPECT_EQ(difference(), "there is no schema yet");
    EXPECT_TRUE(migrate(server_.endpoint()).ok());
    EXPECT_EQ(difference(), "");
    EXPECT_TRUE(migrate(server_.endpoint()).ok());
    EXPECT_EQ(difference(), "");
}

TEST_F(MariaMigrations, FourAtOnceTakeTurns) {
    std::atomic<int> done{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] { done += migrate(server_.endpoint()).ok() ? 1 : 0; });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(done, 4);
    EXPECT_EQ(difference(), "");
}

// The connection is cut at the n-th question, before or after the server carried it out.
TEST_F(MariaMigrations, OneCutOffAnywhereIsFinishedByTheNext) {
    int cut = 0;
    for (int question = 4; question < 60; question += 5) {
        for (const auto where : {CommitProxy::Cut::kRequest, CommitProxy::Cut::kReply}) {
            server_.recreate_database();
            CommitProxy proxy(server_.server().port());
            proxy.arm_at(question, where);
            auto endpoint = server_.endpoint();
            endpoint.port = proxy.port();
            const bool finished = migrate(endpoint).ok();
            EXPECT_EQ(finished, proxy.cuts() == 0) << question;
            cut += finished ? 0 : 1;
            const auto repeated = migrate(server_.endpoint());
            EXPECT_TRUE(repeated.ok()) << question << ": " << to_string(repeated.error());
            EXPECT_EQ(difference(), "") << question;
        }
    }
    EXPECT_GE(cut, 10);
}

TEST_F(MariaMigrations, NewerDatabaseIsRefused) {
    ASSERT_TRUE(migrate(server_.endpoint()).ok());
    server_.connect()->execute("INSERT INTO schema_migrations VALUES ('9999_future.sql', 1, 0, 'x')"
    );
    const auto refused = migrate(server_.endpoint());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kConflict);
    EXPECT_NE(difference().find("newer version"), std::string::npos);
}

TEST_F(MariaMigrations, MigrationChangedAfterwardsIsRefused) {
    ASSERT_TRUE(migrate(server_.endpoint()).ok());
    server_.connect()->execute("UPDATE schema_migrations SET checksum = 'other'");
    const auto refused = migrate(server_.endpoint());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kConflict);
}

// Also on the second try, when the first one was refused there: only what may have been done by an
// attempt that was cut off counts as done.
TEST_F(MariaMigrations, SomebodyElsesTableIsNotTakenForOurs) {
    server_.connect()->execute("CREATE TABLE orders (number INT)");
    for (int i = 0; i < 2; ++i) {
        const auto refused = migrate(server_.endpoint());
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code, Code::kUnavailable);
        EXPECT_NE(refused.error().detail.find("orders"), std::string::npos);
        EXPECT_NE(difference(), "");
    }
    server_.connect()->execute("DROP TABLE orders");
    EXPECT_TRUE(migrate(server_.endpoint()).ok());
    EXPECT_EQ(difference(), "");
}

}  // namespace
}  // namespace sluice
