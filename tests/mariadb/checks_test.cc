// What a person is told about a server.

#include "adapters/mariadb/mariadb_checks.h"
#include "mariadb/test_server.h"
#include "support/virtual_clock.h"

namespace sluice {
namespace {

class MariaChecks : public ::testing::Test {
protected:
    void SetUp() override { server_.clear(); }
    // Names of the checks that fail.
    static std::string failing(const std::vector<MariaCheck>& checks) {
        std::string names;
        for (const auto& check : checks) {
            if (check.ok) {
                EXPECT_EQ(check.fix, "") << check.name;
                continue;
            }
            EXPECT_NE(check.fix, "") << check.name;
            names.append(names.empty() ? "" : ", ").append(check.name);
        }
        return names;
    }
    std::string failing(const Clock& clock) {
        return failing(check_mariadb(server_.endpoint(), clock));
    }

    TestServer& server_ = TestServer::shared();
    SystemClock clock_;
};

TEST_F(MariaChecks, PrivateServerPassesAll) {
    EXPECT_EQ(failing(clock_), "");
    EXPECT_GE(check_mariadb(server_.endpoint(), clock_).size(), 9U);
}

TEST_F(MariaChecks, WrongPasswordIsTheOnlyThingSaid) {
    auto endpoint = server_.endpoint();
    endpoint.password = "guess";
    const auto checks = check_mariadb(endpoint, clock_);
    ASSERT_EQ(checks.size(), 1U);
    EXPECT_EQ(failing(checks), "connection");
    EXPECT_NE(checks[0].detail.find("denied"), std::string::npos);
}

TEST_F(MariaChecks, ServerThatForgetsCommitsIsNamed) {
    server_.administer("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
    EXPECT_EQ(failing(clock_), "durable commits");
    server_.administer("SET GLOBAL innodb_flush_log_at_trx_commit = 1; SET GLOBAL read_only = 1");
    EXPECT_EQ(failing(clock_), "primary");
    server_.administer("SET GLOBAL read_only = 0");
}

TEST_F(MariaChecks, ClocksThatDisagreeAreNamed) {
    VirtualClock other;
    other.step_wall(clock_.wall() - other.wall() + Millis{60'000});
    EXPECT_EQ(failing(other), "clock");
}

TEST_F(MariaChecks, DatabaseWithoutSchemaIsNamed) {
    server_.recreate_database();
    EXPECT_EQ(failing(clock_), "schema");
    server_.clear();
}

}  // namespace
}  // namespace sluice
