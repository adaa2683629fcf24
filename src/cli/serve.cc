#include <csignal>

#include "cli/commands.h"
#include "cli/signals.h"
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

Exit run_serve(const Options& options) {
    auto loaded = options.place.load(flags_of(options));
    if (!loaded) {
        complain(loaded.error().detail);
        return Exit::kStart;
    }
    if (options.role != "all") {
        complain(
            "--role " + options.role +
            " needs redis, rabbitmq and mariadb, which this build does not support"
        );
        return Exit::kStart;
    }
    const Signals signals{SIGTERM, SIGINT, SIGHUP, SIGUSR2};
    StderrLog log(loaded->config.log);
    MetricsRegistry metrics(SLUICE_VERSION);
    auto server = Server::start(loaded->config, log, metrics);
    if (!server) {
        complain(to_string(server.error()));
        return Exit::kStart;
    }
    log.info(
        "serve", "ready",
        {{"public",
          loaded->config.http.public_address + ":" + std::to_string((*server)->public_port())},
         {"admin",
          loaded->config.http.admin_address + ":" + std::to_string((*server)->admin_port())},
         {"data_dir", loaded->config.data_dir}}
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
