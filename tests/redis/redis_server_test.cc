// The private server that tests and `sluice stack` start.

#include "stack/redis_server.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "redis/test_redis.h"

namespace sluice {
namespace {

class PrivateServer : public testing::Test {
protected:
    PrivateServer() {
        std::string path =
            (std::filesystem::temp_directory_path() / "sluice-redis-XXXXXX").string();
        SLUICE_CHECK(::mkdtemp(path.data()) != nullptr);
        options_.directory = path;
        options_.dies_with_us = true;
    }
    ~PrivateServer() override { std::filesystem::remove_all(options_.directory); }

    static std::string ask(const stack::RedisServer& server, const std::string& request) {
        return stack::ask(server.port(), request);
    }

    stack::RedisOptions options_;
};

TEST_F(PrivateServer, KeepsItsDataOverAKillAndARestartOnItsPort) {
    auto server = stack::RedisServer::start(options_);
    ASSERT_TRUE(server.ok()) << to_string(server.error());
    const auto port = server->port();
    EXPECT_EQ(ask(*server, "SET key value\r\n"), "+OK\r\n");
    server->kill();
    EXPECT_FALSE(server->is_running());
    EXPECT_EQ(ask(*server, "PING\r\n"), "");
    ASSERT_TRUE(server->restart().ok());
    EXPECT_EQ(server->port(), port);
    EXPECT_EQ(ask(*server, "GET key\r\n"), "$5\r\nvalue\r\n");
    server->stop();
    EXPECT_FALSE(server->is_running());
}

TEST_F(PrivateServer, IsHandedOnByItsProcessId) {
    options_.dies_with_us = false;
    stack::ProcessId process;
    {
        auto server = stack::RedisServer::start(options_);
        ASSERT_TRUE(server.ok()) << to_string(server.error());
        process = server->process();
        options_.port = server->port();
    }
    EXPECT_TRUE(stack::is_running(process)) << "dropping the object leaves it running";
    stack::RedisServer again(options_, process);
    EXPECT_EQ(ask(again, "PING\r\n"), "+PONG\r\n");
    again.stop();
    EXPECT_FALSE(stack::is_running(process));
}

TEST_F(PrivateServer, AsksForItsPasswordAndKeepsItPrivate) {
    options_.password = "open \"sesame\"";
    auto server = stack::RedisServer::start(options_);
    ASSERT_TRUE(server.ok()) << to_string(server.error());
    EXPECT_TRUE(ask(*server, "GET key\r\n").starts_with("-NOAUTH"));
    const auto file = std::filesystem::path(options_.directory) / "redis.conf";
    EXPECT_EQ(
        std::filesystem::status(file).permissions(),
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write
    );
    server->kill();
}

TEST_F(PrivateServer, SaysWhyItCannotStart) {
    auto first = stack::RedisServer::start(options_);
    ASSERT_TRUE(first.ok());
    options_.port = first->port();
    const auto second = stack::RedisServer::start(options_);
    ASSERT_FALSE(second.ok());
    EXPECT_NE(second.error().detail.find(std::to_string(options_.port)), std::string::npos);
    first->kill();
    options_.port = 0;
    options_.settings = {"no-such-setting 1"};
    const auto third = stack::RedisServer::start(options_);
    ASSERT_FALSE(third.ok());
    EXPECT_NE(third.error().detail.find("no-such-setting"), std::string::npos)
        << third.error().detail;
}

}  // namespace
}  // namespace sluice
