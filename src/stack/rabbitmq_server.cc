#include "stack/rabbitmq_server.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace sluice::stack {
namespace {

constexpr Millis kStartMax{300'000};  // an idle machine needs 5 s, a very busy one a minute
constexpr Millis kEpmdStartMax{20'000};
constexpr Millis kControlMax{120'000};
constexpr auto kNode = "sluice@localhost";
constexpr auto kAmqpHello = std::string_view("AMQP\0\0\x09\x01", 8);

// What may stand in rabbitmq.conf without quoting.
bool is_plain(const std::string& text) {
    constexpr auto kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return !text.empty() && text.find_first_not_of(kAllowed) == std::string::npos;
}

// `private_file`: it holds the password.
Result<Done> write_file(
    const std::string& path, const std::string& text, bool private_file = false
) {
    std::ofstream file(path, std::ios::trunc);
    if (private_file) ::chmod(path.c_str(), 0600);
    file << text << std::flush;
    if (!file) return fail(Code::kUnavailable, "cannot write " + path);
    return Done{};
}

// Nothing is too long in the queue for us: a worker holds what it cannot settle until the ledger is
// back, which may be longer than the 30 minutes after which RabbitMQ closes the channel of a
// consumer that does not ack. The write-ahead log of the quorum queues is 512 MB by default, far
// more than a private node needs.
std::string configuration(const RabbitmqOptions& options) {
    std::ostringstream text;
    text << "listeners.tcp.1 = 127.0.0.1:" << options.port << "\n"
         << "default_vhost = " << options.vhost << "\n"
         << "default_user = " << options.user << "\n"
         << "default_pass = " << options.password << "\n"
         << "default_user_tags.administrator = true\n"
         << "default_permissions.configure = .*\n"
         << "default_permissions.read = .*\n"
         << "default_permissions.write = .*\n"
         << "consumer_timeout = 604800000\n"
         << "raft.wal_max_size_bytes = 67108864\n"
         << "log.console = true\n"
         << "log.console.level = warning\n";
    return text.str();
}

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
}

Result<Done> choose(std::uint16_t& port) {
    if (port != 0) return Done{};
    auto chosen = free_port();
    if (!chosen.ok()) return chosen.error();
    port = *chosen;
    return Done{};
}

}  // namespace

RabbitmqServer::RabbitmqServer(RabbitmqOptions options, RabbitmqProcesses processes)
    : options_(std::move(options)), processes_(processes) {}

Result<std::unique_ptr<RabbitmqServer>> RabbitmqServer::start(RabbitmqOptions options) {
    auto server = std::make_unique<RabbitmqServer>(std::move(options), RabbitmqProcesses{});
    auto prepared = server->prepare();
    if (!prepared.ok()) return prepared.error();
    auto started = server->restart();
    if (!started.ok()) {
        server->stop(Millis{0});
        return started.error();
    }
    return server;
}

Result<Done> RabbitmqServer::restart() {
    if (!is_running(processes_.epmd)) {
        auto mapped = start_epmd();
        if (!mapped.ok()) return mapped;
    }
    return start_broker();
}

Result<Done> RabbitmqServer::prepare() {
    if (!is_plain(options_.user) || !is_plain(options_.password) || !is_plain(options_.vhost)) {
        return fail(
            Code::kInvalidField, "user, password and vhost: letters, digits, '-', '_' and '.'"
        );
    }
    options_.directory = std::filesystem::absolute(options_.directory).string();
    for (auto* port : {&options_.port, &options_.distribution_port, &options_.epmd_port}) {
        auto chosen = choose(*port);
        if (!chosen.ok()) return chosen;
    }
    std::error_code failed;
    for (const auto* folder : {"home", "mnesia", "log", "config"}) {
        std::filesystem::create_directories(file(folder), failed);
        if (failed) return fail(Code::kUnavailable, file(folder) + ": " + failed.message());
    }
    auto plugins = write_file(file("enabled_plugins"), "[].\n");
    if (!plugins.ok()) return plugins;
    return write_file(file("rabbitmq.conf"), configuration(options_), true);
}

// Everything that the package would otherwise look for in /etc/rabbitmq and /var/lib/rabbitmq is
// named here. RUNNING_UNDER_SYSTEMD makes the start script become the node instead of waiting for
// it: one process, ours.
std::vector<std::string> RabbitmqServer::environment() const {
    const std::string loopback_only = "-kernel inet_dist_use_interface {127,0,0,1}";
    return {
        "HOME=" + file("home"),
        "RABBITMQ_MNESIA_BASE=" + file("mnesia"),
        "RABBITMQ_LOG_BASE=" + file("log"),
        "RABBITMQ_GENERATED_CONFIG_DIR=" + file("config"),
        "RABBITMQ_LOGS=-",
        "RABBITMQ_CONFIG_FILE=" + file("rabbitmq.conf"),
        "RABBITMQ_CONFIG_FILES=" + file("conf.d"),
        "RABBITMQ_ADVANCED_CONFIG_FILE=" + file("advanced.config"),
        "RABBITMQ_CONF_ENV_FILE=" + file("rabbitmq-env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE=" + file("enabled_plugins"),
        "RABBITMQ_PID_FILE=" + file("pid"),
        "RABBITMQ_NODENAME=" + std::string(kNode),
        "RABBITMQ_DIST_PORT=" + std::to_string(options_.distribution_port),
        "ERL_EPMD_PORT=" + std::to_string(options_.epmd_port),
        "ERL_EPMD_ADDRESS=127.0.0.1",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=" + loopback_only,
        "RABBITMQ_CTL_ERL_ARGS=" + loopback_only,
        "RABBITMQ_CTL_DIST_PORT_MIN=0",
        "RABBITMQ_CTL_DIST_PORT_MAX=0",
        "RUNNING_UNDER_SYSTEMD=true",
    };
}

Result<Done> RabbitmqServer::start_epmd() {
    Command command;
    command.argv = {"epmd", "-port", std::to_string(options_.epmd_port), "-address", "127.0.0.1"};
    command.log_path = file("epmd.log");
    command.dies_with_us = options_.dies_with_us;
    auto started = stack::start(command);
    if (!started.ok()) return started.error();
    processes_.epmd = *started;
    auto listens = [this] { return why_not_free(options_.epmd_port).has_value(); };
    return wait_ready(processes_.epmd, listens, kEpmdStartMax, command.log_path);
}

Result<Done> RabbitmqServer::start_broker() {
    Command command;
    command.argv = {"/usr/lib/rabbitmq/bin/rabbitmq-server"};
    command.environment = environment();
    command.directory = options_.directory;
    command.log_path = file("rabbitmq.log");
    command.dies_with_us = options_.dies_with_us;
    auto started = stack::start(command);
    if (!started.ok()) return started.error();
    processes_.broker = *started;
    constexpr char kMethodFrame = 1;
    auto answers = [this] {
        return ask(options_.port, std::string(kAmqpHello)).starts_with(kMethodFrame);
    };
    return wait_ready(processes_.broker, answers, kStartMax, command.log_path);
}

// The node's helper processes end by themselves as soon as the node's end of their pipe is closed.
void RabbitmqServer::kill() {
    send_signal(processes_.broker, SIGKILL);
    wait_ended(processes_.broker, Millis{10'000});
}

bool RabbitmqServer::stop(Millis grace) {
    const bool in_time = !running() || terminate(processes_.broker, grace);
    if (is_running(processes_.epmd)) terminate(processes_.epmd, Millis{5'000});
    return in_time;
}

// The shell tells the exit status, which only a parent that waits could learn otherwise.
Result<std::string> RabbitmqServer::control(const std::vector<std::string>& arguments) const {
    Command command;
    command.argv = {
        "/bin/sh", "-c", "\"$0\" \"$@\"; echo \"exit $?\"", "/usr/lib/rabbitmq/bin/rabbitmqctl",
        "-q"};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.environment = environment();
    command.directory = options_.directory;
    command.log_path = file("rabbitmqctl.log");
    command.dies_with_us = options_.dies_with_us;
    std::filesystem::remove(command.log_path);
    auto started = stack::start(command);
    if (!started.ok()) return started.error();
    if (!wait_ended(*started, kControlMax)) {
        ::kill(-started->pid, SIGKILL);  // the group that it leads: the shell and what it runs
        wait_ended(*started, Millis{5'000});
        return fail(Code::kTimeout, "rabbitmqctl " + arguments.front());
    }
    std::string output = read_file(command.log_path);
    const std::string good = "exit 0\n";
    if (!output.ends_with(good))
        return fail(Code::kUnavailable, "rabbitmqctl " + arguments.front() + ": " + output);
    output.resize(output.size() - good.size());
    return output;
}

}  // namespace sluice::stack
