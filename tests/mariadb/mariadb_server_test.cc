// The private server itself: started, killed, found again, and not misled by half-made directories.

#include "stack/mariadb_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "mariadb/test_server.h"

namespace sluice::stack {
namespace {

MariadbOptions options_in(const std::string& directory) {
    MariadbOptions options;
    options.directory = directory;
    options.password = "secret";
    options.buffer_pool_mb = 32;
    options.dies_with_us = true;
    return options;
}

std::unique_ptr<maria::Connection> connect(const MariadbServer& server) {
    MariaEndpoint endpoint;
    endpoint.port = server.port();
    endpoint.password = server.password();
    auto opened = maria::Connection::open(endpoint, {}, maria::Role::kWriter);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : to_string(opened.error()));
    return opened.ok() ? std::move(*opened) : nullptr;
}

TEST(MariadbServer, KeepsItsDataAndIsFoundByItsProcess) {
    const TestDirectory directory;
    const auto home = directory.file("server");
    // What a first attempt leaves that was killed while it made the system tables.
    std::filesystem::create_directories(home + "/data.new/mysql");
    std::ofstream(home + "/data.new/ibdata1") << "half";
    auto options = options_in(home);
    options.binlog = true;
    auto started = MariadbServer::start(options);
    ASSERT_TRUE(started.ok()) << to_string(started.error());
    auto& server = *started;
    EXPECT_FALSE(std::filesystem::exists(home + "/data.new"));
    connect(server)->execute("CREATE TABLE kept (n INT)");
    EXPECT_EQ(connect(server)->run("INSERT INTO kept VALUES (7)"), 1U);

    auto taken = options_in(directory.file("other"));
    taken.port = server.port();
    const auto refused = MariadbServer::start(taken);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kConflict);

    EXPECT_TRUE(server.kill());
    EXPECT_FALSE(server.running());
    const auto port = server.port();
    const auto restarted = server.restart();
    ASSERT_TRUE(restarted.ok()) << to_string(restarted.error());
    EXPECT_EQ(server.port(), port);
    auto connection = connect(server);
    auto row = connection->prepare("SELECT n, @@GLOBAL.sync_binlog, @@GLOBAL.log_bin FROM kept");
    row.execute();
    ASSERT_TRUE(row.next());
    EXPECT_EQ(row.get<int>(0), 7);
    EXPECT_EQ(row.get<int>(1), 1);
    EXPECT_EQ(row.get<int>(2), 1);

    options.port = port;
    MariadbServer known(options, server.process());  // as another process would
    EXPECT_TRUE(known.running());
    EXPECT_TRUE(known.stop());
    EXPECT_FALSE(server.running());
}

TEST(MariadbServer, RefusesWhatItCannotWriteDown) {
    const TestDirectory directory;
    auto options = options_in(directory.file("server"));
    options.user = "a'b";
    EXPECT_EQ(MariadbServer::start(options).error().code, Code::kInvalidField);
    options = options_in(directory.file("server"));
    options.database = "a`b";
    EXPECT_EQ(MariadbServer::start(options).error().code, Code::kInvalidField);
    options = options_in(directory.file("server"));
    options.password = "line\nbreak";
    EXPECT_EQ(MariadbServer::start(options).error().code, Code::kInvalidField);
    EXPECT_FALSE(std::filesystem::exists(directory.file("server")));
}

// The letters of proc(5): T is stopped.
std::string states_of(pid_t pid) {
    std::string states;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
        std::ifstream file(thread.path() / "stat");
        std::string text;
        std::getline(file, text);
        states += text.at(text.rfind(')') + 2);
    }
    return states;
}

TEST(MariadbServer, NoThreadRunsWhenItIsPaused) {
    const TestDirectory directory;
    auto started = MariadbServer::start(options_in(directory.file("server")));
    ASSERT_TRUE(started.ok()) << to_string(started.error());
    std::atomic<bool> enough = false;
    std::thread busy([&, session = connect(*started)] {
        while (!enough) session->execute("DO BENCHMARK(1000, MD5('busy'))");
    });
    for (int times = 0; times < 300; ++times) {
        EXPECT_TRUE(started->pause());
        const auto states = states_of(started->process().pid);
        EXPECT_GT(states.size(), 1U);
        EXPECT_EQ(states.find_first_not_of('T'), std::string::npos) << states;
        EXPECT_TRUE(started->resume());
    }
    enough = true;
    busy.join();
    EXPECT_TRUE(started->kill());
    EXPECT_FALSE(started->pause());
}

}  // namespace
}  // namespace sluice::stack
