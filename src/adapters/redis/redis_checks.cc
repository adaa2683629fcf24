#include "adapters/redis/redis_checks.h"

#include <charconv>

#include "adapters/redis/blocking_client.h"
#include "adapters/redis/info.h"

namespace sluice {
namespace {

constexpr int kVersionMin = 602;  // 6.2: ZADD GT, effects of scripts in the append-only file

// "7.0.15" → 700; 0 when it is not a version.
int version_number(std::string_view text) {
    int major = 0;
    int minor = 0;
    const auto [dot, bad] = std::from_chars(text.data(), text.data() + text.size(), major);
    if (bad != std::errc{} || dot == text.data() + text.size()) return 0;
    std::from_chars(dot + 1, text.data() + text.size(), minor);
    return major * 100 + minor;
}

RedisCheck check(const char* name, bool good, std::string detail, const char* fix) {
    return {name, good, std::move(detail), good ? "" : fix};
}

// INFO tells the other two settings, also to a user who may not read the configuration.
RedisCheck check_backlog(BlockingClient& client) {
    constexpr auto kName = "repl-backlog-ttl";
    auto reply = client.ask_well({"CONFIG", "GET", kName});
    const bool told = reply.ok() && reply->items.size() == 2;
    const std::string found = told ? reply->items[1].text : "not readable";
    return check(
        kName, found == "0", found,
        "CONFIG SET repl-backlog-ttl 0, and in redis.conf: else all gates are rebuilt when the "
        "backlog expires"
    );
}

}  // namespace

std::vector<RedisCheck> check_redis(const RedisEndpoint& endpoint) {
    std::vector<RedisCheck> checks;
    const std::string where = endpoint.host + " port " + std::to_string(endpoint.port);
    auto client = BlockingClient::connect(endpoint);
    auto info = client.ok() ? client->ask_well({"INFO"}) : Result<Reply>(client.error());
    if (!info.ok()) {
        checks.push_back(check(
            "connection", false, info.error().detail,
            "start the server, or correct address and password"
        ));
        return checks;
    }
    checks.push_back(check("connection", true, where, ""));
    const std::string version(info_field(info->text, "redis_version"));
    checks.push_back(check(
        "version", version_number(version) >= kVersionMin, version, "install Redis 6.2 or later"
    ));
    const std::string role(info_field(info->text, "role"));
    checks.push_back(
        check("role", role == "master", role, "connect to the primary: a replica holds no gate")
    );
    const std::string policy(info_field(info->text, "maxmemory_policy"));
    checks.push_back(check(
        "maxmemory-policy", policy == "noeviction", policy,
        "CONFIG SET maxmemory-policy noeviction, and in redis.conf"
    ));
    const bool is_durable = info_field(info->text, "aof_enabled") == "1";
    checks.push_back(check(
        "appendonly", is_durable, is_durable ? "yes" : "no",
        "CONFIG SET appendonly yes, and in redis.conf: without it every restart loses all gates"
    ));
    checks.push_back(check_backlog(*client));
    return checks;
}

Result<Done> may_start(const std::vector<RedisCheck>& checks) {
    for (const RedisCheck& each : checks) {
        if (each.ok || (each.name != "version" && each.name != "maxmemory-policy")) continue;
        return fail(
            Code::kConflict, "redis: " + each.name + " is " + each.detail + ": " + each.fix
        );
    }
    return Done{};
}

}  // namespace sluice
