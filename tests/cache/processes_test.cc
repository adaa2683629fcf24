// One hot key, read by four real processes: each is this program again, told by SLUICE_CACHE_WORKER
// which server to use. The database is a list on that server, which notes by its own clock when
// each load began.

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "cache/nodes.h"
#include "stack/process.h"

namespace sluice::cache {
namespace {

constexpr int kProcesses = 4;
constexpr Millis kTtl{10};
constexpr const char* kNoteLoad =
    "local t = redis.call('TIME') "
    "return redis.call('RPUSH', KEYS[1], string.format('%d', t[1] * 1000 + t[2] / 1000))";

std::size_t expiries() {
    return static_cast<std::size_t>(times_from("SLUICE_CACHE_EXPIRIES", 1'000));
}

Task<Result<std::int64_t>> number(
    RedisConnection& connection, std::vector<std::string_view> words
) {
    auto command = format_command(words);
    auto reply = co_await connection.call(std::move(command), CallKind::kWrite, Deadline::never());
    if (!reply.ok()) co_return reply.error();
    if (reply->kind != Reply::Kind::kNumber) co_return fail(Code::kInternal, reply->text);
    co_return reply->number;
}

// A load: notes its begin, takes a millisecond.
Task<Result<std::optional<std::string>>> load(RedisConnection& database) {
    std::vector<std::string_view> words{"EVAL", kNoteLoad, "1", "loads"};
    auto count = co_await number(database, std::move(words));
    if (!count.ok()) co_return count.error();
    SystemTimeSource time;
    (void)co_await Node::sleep(time, Millis{1});
    co_return std::optional<std::string>(std::to_string(*count));
}

Options hot_options() {
    Options options;
    options.name = "shops";
    options.early = 0;
    options.ttl = kTtl;
    return options;
}

TEST(CacheProcesses, DISABLED_Worker) {
    const char* port = std::getenv("SLUICE_CACHE_WORKER");
    ASSERT_NE(port, nullptr);
    RedisEndpoint endpoint;
    endpoint.port = static_cast<std::uint16_t>(std::atoi(port));
    ContextOptions shared;
    shared.read_max = shared.write_max = Millis{1'000};
    SystemClock clock;
    TestLog log;
    std::unique_ptr<RedisConnection> database;
    TextCache::Sources sources;
    sources.load = [&database](std::string, Deadline) { return load(*database); };
    Node node(endpoint, shared, hot_options(), std::move(sources));
    database = std::make_unique<RedisConnection>(
        node.redis.context().get_executor(), clock, log, endpoint
    );
    std::size_t errors = 0;
    for (std::size_t loads = 0; loads < expiries() + 1;) {
        const std::string value = node.get("hot");
        errors += value[0] == '!' ? 1 : 0;
        if (value[0] != '!') loads = std::stoull(value);
        node.play(Millis{1});
    }
    node.stop();
    const Stats stats = node.cache.stats();
    const std::array<std::pair<const char*, std::uint64_t>, 4> totals = {{
        {"errors", errors},
        {"loads", stats.of(Event::kLoad)},
        {"stored", stats.of(Event::kCommitStored)},
        {"answers", stats.of(Event::kL1Fresh) + stats.of(Event::kL1Stale)},
    }};
    for (const auto& [name, total] : totals) {
        const std::string text = std::to_string(total);
        std::vector<std::string_view> words{"HINCRBY", "totals", name, text};
        EXPECT_TRUE(node.redis.run(number(*database, std::move(words))).ok());
    }
    database.reset();
}

std::string this_program() {
    std::array<char, 4'096> path{};
    const auto size = ::readlink("/proc/self/exe", path.data(), path.size());
    SLUICE_CHECK(size > 0);
    return {path.data(), static_cast<std::size_t>(size)};
}

std::string text_of_file(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
}

std::uint64_t total(const TestRedis& redis, const char* name) {
    const auto reply = redis.ask({"HGET", "totals", name});
    return reply.text.empty() ? 0 : std::stoull(reply.text);
}

TEST(CacheProcesses, AThousandExpiriesOfAHotKeyAreAThousandLoadsInTheWholeCluster) {
    TestRedis redis({"appendonly no"});
    redis.use_real_time();
    std::vector<stack::ProcessId> processes;
    std::vector<std::string> logs;
    for (int i = 0; i < kProcesses; ++i) {
        logs.push_back(redis.directory() / ("worker" + std::to_string(i)));
        stack::Command command;
        command.argv = {
            this_program(), "--gtest_filter=CacheProcesses.DISABLED_Worker",
            "--gtest_also_run_disabled_tests"};
        command.environment = {"SLUICE_CACHE_WORKER=" + std::to_string(redis.endpoint().port)};
        command.log_path = logs.back();
        command.dies_with_us = true;
        processes.push_back(stack::start(command).value());
    }
    for (int i = 0; i < kProcesses; ++i) {
        const auto index = static_cast<std::size_t>(i);
        EXPECT_TRUE(stack::wait_ended(processes[index], Millis{180'000}));
        stack::send_signal(processes[index], SIGKILL);
        const std::string log = text_of_file(logs[index]);
        EXPECT_NE(log.find("[  PASSED  ] 1 test"), std::string::npos) << log;
    }
    const auto begins = redis.ask({"LRANGE", "loads", "0", "-1"}).items;
    ASSERT_GE(begins.size(), expiries() + 1)
        << "the first load fills, each further one answers one expiry";
    // Two loads of one expiry would begin within the life of what the first of them stored.
    std::size_t too_soon = 0;
    for (std::size_t i = 1; i < begins.size(); ++i) {
        const auto apart = std::stoll(begins[i].text) - std::stoll(begins[i - 1].text);
        too_soon += apart < kTtl.count() * 7 / 10 ? 1 : 0;
    }
    EXPECT_EQ(too_soon, 0U);
    EXPECT_EQ(total(redis, "loads"), begins.size());
    EXPECT_EQ(total(redis, "stored"), begins.size()) << "no load was wasted";
    EXPECT_EQ(total(redis, "errors"), 0U);
    EXPECT_GT(total(redis, "answers"), begins.size());
}

}  // namespace
}  // namespace sluice::cache
