#include "cli/stack_servers.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "stack/mariadb_server.h"
#include "stack/rabbitmq_server.h"
#include "stack/redis_server.h"

namespace sluice::cli {
namespace {

constexpr Millis kGrace{60'000};
constexpr const char* kUser =
    "sluice";  // of the broker and of the database, and the names of vhost and schema

std::uint16_t kept_port(const StackState& state, const std::string& name, std::size_t index) {
    const auto found = state.servers.find(name);
    if (found == state.servers.end() || found->second.ports.size() <= index) return 0;
    return found->second.ports[index];
}

Result<stack::RedisOptions> redis_options(const StackState& state) {
    auto password = state.secret("redis");
    if (!password) return password.error();
    stack::RedisOptions options;
    options.directory = state.directory() + "/redis";
    std::error_code failed;
    std::filesystem::create_directory(options.directory, failed);
    if (failed) return fail(Code::kUnavailable, options.directory + ": " + failed.message());
    options.port = kept_port(state, "redis", 0);
    options.password = *std::move(password);
    return options;
}

Result<StackServer> start_redis(const StackState& state) {
    auto options = redis_options(state);
    if (!options) return options.error();
    auto server = stack::RedisServer::start(*std::move(options));
    if (!server) return server.error();
    return StackServer{{server->port()}, {server->process()}};
}

bool stop_redis(const StackState&, const StackServer& server) {
    return stack::terminate(server.processes.front(), kGrace);
}

Result<stack::RabbitmqOptions> rabbitmq_options(const StackState& state) {
    auto password = state.secret("rabbitmq");
    if (!password) return password.error();
    stack::RabbitmqOptions options;
    options.directory = state.directory() + "/rabbitmq";
    options.password = *std::move(password);
    options.port = kept_port(state, "rabbitmq", 0);
    options.distribution_port = kept_port(state, "rabbitmq", 1);
    options.epmd_port = kept_port(state, "rabbitmq", 2);
    return options;
}

Result<StackServer> start_rabbitmq(const StackState& state) {
    auto options = rabbitmq_options(state);
    if (!options) return options.error();
    auto server = stack::RabbitmqServer::start(*std::move(options));
    if (!server) return server.error();
    const auto& made = (*server)->options();
    const auto& processes = (*server)->processes();
    return StackServer{
        {made.port, made.distribution_port, made.epmd_port}, {processes.broker, processes.epmd}};
}

bool stop_rabbitmq(const StackState& state, const StackServer& server) {
    auto options = rabbitmq_options(state);
    if (!options || server.processes.size() != 2) return false;
    stack::RabbitmqServer running(*std::move(options), {server.processes[0], server.processes[1]});
    return running.stop(kGrace);
}

Result<stack::MariadbOptions> mariadb_options(const StackState& state) {
    auto password = state.secret("mariadb");
    if (!password) return password.error();
    stack::MariadbOptions options;
    options.directory = state.directory() + "/mariadb";
    options.password = *std::move(password);
    options.port = kept_port(state, "mariadb", 0);
    return options;
}

Result<StackServer> start_mariadb(const StackState& state) {
    auto options = mariadb_options(state);
    if (!options) return options.error();
    auto server = stack::MariadbServer::start(*std::move(options));
    if (!server) return server.error();
    return StackServer{{server->port()}, {server->process()}};
}

bool stop_mariadb(const StackState&, const StackServer& server) {
    return stack::terminate(server.processes.front(), kGrace);
}

}  // namespace

const std::vector<StackKind>& stack_kinds() {
    static const std::vector<StackKind> kinds = {
        {"redis", start_redis, stop_redis},
        {"rabbitmq", start_rabbitmq, stop_rabbitmq},
        {"mariadb", start_mariadb, stop_mariadb}};
    return kinds;
}

bool answers(const StackServer& server) {
    if (server.processes.empty() || !stack::is_running(server.processes.front())) return false;
    // MariaDB greets by itself; Redis and RabbitMQ answer anything, if only with an error.
    return !stack::ask(server.ports.front(), "PING\r\n\r\n\r\n").empty();
}

Result<std::string> stack_config(const StackState& state) {
    const std::pair<const char*, const char*> secrets[] = {
        {"order_id", "1:"}, {"token", ""}, {"payment", ""}, {"admin_token", ""}};
    std::string text = fmt::format(
        "# Made by `sluice stack up`, which writes it anew each time. Private servers on loopback: "
        "for trying things\n"
        "# out and for tests.\n\n[data]\ndir = \"{}/server\"\n",
        state.directory()
    );
    for (const StackKind& kind : stack_kinds()) {
        text += fmt::format(
            "\n[{}]\naddress = \"127.0.0.1:{}\"\n", kind.name, kept_port(state, kind.name, 0)
        );
        if (kind.name == "rabbitmq")
            text += fmt::format("user = \"{0}\"\nvhost = \"{0}\"\n", kUser);
        if (kind.name == "mariadb")
            text += fmt::format("user = \"{0}\"\ndatabase = \"{0}\"\n", kUser);
        text += fmt::format("password_file = \"{}\"\n", state.secret_path(kind.name));
    }
    text += "\n[secrets]\n";
    for (const auto& [name, prefix] : secrets) {
        auto secret = state.secret(name, prefix);
        if (!secret) return secret.error();
        text += fmt::format("{}_file = \"{}\"\n", name, state.secret_path(name));
    }
    return text;
}

}  // namespace sluice::cli
