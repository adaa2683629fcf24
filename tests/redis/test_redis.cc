#include "redis/test_redis.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "adapters/redis/info.h"

namespace sluice {
namespace {

constexpr WallTime kTestTime =
    wall_from_ms(1'800'000'000'000);  // 2027-01-15, far from any special date

std::filesystem::path make_directory() {
    std::string path = (std::filesystem::temp_directory_path() / "sluice-redis-XXXXXX").string();
    SLUICE_CHECK(::mkdtemp(path.data()) != nullptr);
    return path;
}

std::atomic<std::int64_t>* map_time(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    SLUICE_CHECK(file >= 0 && ::ftruncate(file, sizeof(std::int64_t)) == 0);
    void* memory =
        ::mmap(nullptr, sizeof(std::int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    SLUICE_CHECK(memory != MAP_FAILED);
    return static_cast<std::atomic<std::int64_t>*>(memory);
}

}  // namespace

TestRedis::TestRedis(std::vector<std::string> settings, std::string password)
    : directory_(make_directory()),
      micros_(map_time(directory_ / "time")),
      password_(std::move(password)) {
    set_now(kTestTime);
    stack::RedisOptions options;
    options.directory = directory_ / "data";
    options.password = password_;
    options.dies_with_us = true;
    options.settings = std::move(settings);
    options.environment = {
        std::string("LD_PRELOAD=") + STEP_CLOCK_LIBRARY,
        "SLUICE_STEP_CLOCK=" + (directory_ / "time").string()};
    std::filesystem::create_directory(options.directory);
    auto server = stack::RedisServer::start(std::move(options));
    if (!server.ok()) check_failed(to_string(server.error()).c_str(), __FILE__, __LINE__);
    server_ = std::make_unique<stack::RedisServer>(std::move(*server));
}

TestRedis::~TestRedis() {
    server_->kill();
    ::munmap(micros_, sizeof(std::int64_t));
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

RedisEndpoint TestRedis::endpoint() const {
    RedisEndpoint endpoint;
    endpoint.port = server_->port();
    endpoint.password = password_;
    return endpoint;
}

WallTime TestRedis::now() const {
    const std::int64_t set = micros_->load();
    return set == 0 ? SystemClock{}.wall() : wall_from_ms(set / 1'000);
}

void TestRedis::set_now(WallTime now) { *micros_ = to_ms(now) * 1'000; }

Reply TestRedis::ask(const std::vector<std::string_view>& words) const {
    auto client = BlockingClient::connect(endpoint());
    SLUICE_CHECK(client.ok());
    return client->ask(words).value();
}

void TestRedis::restart_empty() {
    server_->kill();
    std::filesystem::remove_all(directory_ / "data");
    std::filesystem::create_directory(directory_ / "data");
    SLUICE_CHECK(server_->restart().ok());
}

std::string TestRedis::replid() const {
    return std::string(info_field(ask({"INFO", "replication"}).text, "master_replid"));
}

void TestRedis::follow(const TestRedis& primary) const {
    const std::string port = std::to_string(primary.server_->port());
    SLUICE_CHECK(ask({"REPLICAOF", "127.0.0.1", port}).text.starts_with("OK"));
    // WAIT counts the replicas that have everything written so far on its own connection.
    auto client = BlockingClient::connect(primary.endpoint());
    SLUICE_CHECK(client.ok());
    for (int tries = 0; tries < 20; ++tries) {
        SLUICE_CHECK(client->ask({"SET", "followed", "yes"}).ok());
        if (client->ask({"WAIT", "1", "3000"}).value().number >= 1) return;
    }
    check_failed("the replica is not in step", __FILE__, __LINE__);
}

TestRedis& fresh_redis() {
    static TestRedis redis;
    redis.set_now(kTestTime);
    SLUICE_CHECK(redis.ask({"FLUSHALL"}).is_text("OK"));
    return redis;
}

RedisLoop::RedisLoop(RedisEndpoint endpoint, RedisLimits limits)
    : connection_(std::make_unique<RedisConnection>(
          context_.get_executor(), clock_, log_, std::move(endpoint), limits
      )) {}

void RedisLoop::step() {
    context_.restart();
    SLUICE_CHECK(context_.run_one_for(std::chrono::minutes(1)) == 1);
}

void RedisLoop::run_until_serving() {
    while (!connection_->stats().serving) step();
}

}  // namespace sluice
