#include "stack/redis_server.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::stack {
namespace {

constexpr Millis kReadyMax{20'000};
constexpr Millis kStopMax{10'000};
constexpr int kPortTries = 3;

// A word of redis.conf: in double quotes, with what would end them escaped.
std::string quoted(const std::string& text) {
    std::string word = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') word += '\\';
        word += letter;
    }
    return word + "\"";
}

std::string configuration(const RedisOptions& options) {
    std::string text =
        "bind 127.0.0.1\n"
        "daemonize no\n"
        "appendonly yes\n"
        "appendfsync everysec\n"
        "save \"\"\n"
        "maxmemory-policy noeviction\n"
        "repl-backlog-ttl 0\n";
    text += "port " + std::to_string(options.port) + "\n";
    text += "dir " + quoted(options.directory) + "\n";
    if (!options.password.empty()) text += "requirepass " + quoted(options.password) + "\n";
    for (const std::string& setting : options.settings) text += setting + "\n";
    return text;
}

Result<Done> write_private(const std::string& path, const std::string& text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return fail(Code::kUnavailable, path + ": " + std::strerror(errno));
    const ssize_t written = ::write(file, text.data(), text.size());
    const int reason = errno;
    ::close(file);
    if (written == static_cast<ssize_t>(text.size())) return Done{};
    return fail(
        Code::kUnavailable, path + ": " + (written < 0 ? std::strerror(reason) : "written in part")
    );
}

}  // namespace

Result<RedisServer> RedisServer::start(RedisOptions options) {
    if (options.port != 0) {
        const auto why = why_not_free(options.port);
        if (why) {
            return fail(Code::kUnavailable, "port " + std::to_string(options.port) + ": " + *why);
        }
        return start_on(std::move(options));
    }
    for (int tries = 1;; ++tries) {
        auto port = free_port();
        if (!port) return port.error();
        options.port = *port;
        auto server = start_on(options);
        // Somebody else may have taken the port meanwhile.
        if (server.ok() || tries == kPortTries || !why_not_free(*port)) return server;
    }
}

Result<RedisServer> RedisServer::start_on(RedisOptions options) {
    RedisServer server(std::move(options), ProcessId{});
    auto launched = server.launch();
    if (!launched) return launched.error();
    return server;
}

RedisServer::RedisServer(RedisOptions options, ProcessId process)
    : options_(std::move(options)), process_(process) {}

Result<Done> RedisServer::launch() {
    const std::string path = options_.directory + "/redis.conf";
    auto written = write_private(path, configuration(options_));
    if (!written) return written;
    Command command;
    command.argv = {"redis-server", path};
    command.environment = options_.environment;
    command.directory = options_.directory;
    command.log_path = options_.directory + "/redis.log";
    command.dies_with_us = options_.dies_with_us;
    auto started = stack::start(command);
    if (!started) return started.error();
    process_ = *started;
    auto ready = wait_ready(
        process_, [this] { return answers(); }, kReadyMax, command.log_path
    );
    if (!ready) kill();
    return ready;
}

// While it still loads its data it answers with an error.
bool RedisServer::answers() const {
    std::string request = "PING\r\n";
    if (!options_.password.empty())
        request = "AUTH " + quoted(options_.password) + "\r\n" + request;
    return ask(options_.port, request).find("+PONG") != std::string::npos;
}

void RedisServer::kill() {
    send_signal(process_, SIGKILL);
    wait_ended(process_, kStopMax);
}

Result<Done> RedisServer::restart() {
    SLUICE_CHECK(!is_running());
    return launch();
}

void RedisServer::pause() { suspend(process_); }

void RedisServer::resume() { send_signal(process_, SIGCONT); }

void RedisServer::stop() { terminate(process_, kStopMax); }

}  // namespace sluice::stack
