#include <csignal>

#include "cli/commands.h"
#include "cli/signals.h"
#include "runtime/data_dir.h"
#include "runtime/logging.h"
#include "runtime/metrics.h"
#include "runtime/server.h"

namespace sluice::cli {
namespace {

constexpr Millis kDrainGrace{30'000};

struct Options {
    Place place;
    std::string role = "all";
    std::string port;
    std::string admin_port;
    std::string log_level;
};

std::vector<std::pair<std::string, std::string>> flags_of(const Options& options) {
    std::vector<std::pair<std::string, std::string>> flags;
    if (!options.port.empty()) flags.emplace_back("http.public_port", options.port);
    if (!options.admin_port.empty()) flags.emplace_back("http.admin_port", options.admin_port);
    if (!options.log_level.empty()) flags.emplace_back("log.level", options.log_level);
    return flags;
}

void reload_log_level(const Options& options, StderrLog& log) {
    auto loaded = options.place.load(flags_of(options));
    if (!loaded)
        return log.error(
            "serve", "the configuration was not reloaded", {{"error", loaded.error().detail}}
        );
    log.set_level(loaded->config.log.level);
    log.info(
        "serve", "log level reloaded", {{"level", std::string(to_string(loaded->config.log.level))}}
    );
}

// Until a signal says drain.
void serve_until_told(
    const Signals& signals, const Options& options, StderrLog& log, Server& server
) {
    while (true) {
        switch (signals.wait()) {
            case SIGHUP:
                reload_log_level(options, log);
                break;
            case SIGUSR2:
                log.info("serve", "lame duck: no orders are admitted, the queue is worked off");
                server.lame_duck();
                break;
            default:
                return;
        }
    }
}

ServerRole role_of(const std::string& name) {
    if (name == "api") return ServerRole::kApi;
    return name == "worker" ? ServerRole::kWorker : ServerRole::kAll;
}

// Several processes share stores and secrets, which one process may keep in its own directory.
std::optional<std::string> unfit_for_role(const Options& options, const Config& config) {
    if (options.role == "all") return std::nullopt;
    if (!config.is_stack()) {
        return "--role " + options.role +
               " needs redis, rabbitmq and mariadb: name their addresses in the configuration (see sluice stack up)";
    }
    const SecretsConfig& secrets = config.secrets;
    if (secrets.order_ids.empty() || secrets.token.empty() || secrets.payment.empty()) {
        return "--role " + options.role +
               " shares its secrets with other processes: configure secrets.order_id, secrets.token and secrets.payment";
    }
    return std::nullopt;
}

Exit run_serve(const Options& options) {
    auto loaded = options.place.load(flags_of(options));
    if (!loaded) {
        complain(loaded.error().detail);
        return Exit::kStart;
    }
    Config& config = loaded->config;
    if (const auto wrong = unfit_for_role(options, config)) {
        complain(*wrong);
        return Exit::kStart;
    }
    const bool places_itself = !options.place.data_dir.empty() || options.role == "all";
    if (!places_itself) config.data_dir = role_directory(config.data_dir, options.role);
    const Signals signals{SIGTERM, SIGINT, SIGHUP, SIGUSR2};
    StderrLog log(loaded->config.log);
    MetricsRegistry metrics(SLUICE_VERSION);
    auto server = Server::start(config, role_of(options.role), log, metrics);
    if (!server) {
        complain(to_string(server.error()));
        return Exit::kStart;
    }
    const std::string shop = (*server)->public_port() == 0
                                 ? "none"
                                 : HostPort{config.http.public_address, (*server)->public_port()}.text();
    log.info(
        "serve", "ready",
        {{"role", options.role},
         {"public", shop},
         {"admin", HostPort{config.http.admin_address, (*server)->admin_port()}.text()},
         {"data_dir", config.data_dir}}
    );
    serve_until_told(signals, options, log, **server);
    log.info("serve", "draining; a second signal ends at once");
    signals.next_one_ends(static_cast<int>(Exit::kInterrupted));
    (*server)->stop(kDrainGrace);
    log.info("serve", "stopped");
    return Exit::kOk;
}

}  // namespace

void add_serve(Program& program) {
    auto options = std::make_shared<Options>();
    CLI::App* command = program.leaf(program.app, "serve", "run the server", options, run_serve);
    options->place.add_to(*command);
    command->add_option("--role", options->role, "all, api or worker")
        ->check(CLI::IsMember({"all", "api", "worker"}))
        ->capture_default_str();
    command->add_option("--port", options->port, "for buyers; 0: any free one");
    command->add_option("--admin-port", options->admin_port, "for operators; 0: any free one");
    command->add_option("--log-level", options->log_level, "debug, info, warn or error");
}

}  // namespace sluice::cli
