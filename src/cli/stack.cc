#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <csignal>
#include <iostream>
#include <mutex>
#include <set>
#include <thread>

#include "cli/commands.h"
#include "cli/render.h"
#include "cli/signals.h"
#include "cli/stack_servers.h"
#include "runtime/logging.h"
#include "runtime/private_file.h"
#include "runtime/wire_stack.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

constexpr Millis kDyingMax{2'000};
constexpr Millis kLeftoverGrace{5'000};

struct Options {
    std::string directory = "sluice-stack";
    Output output = Output::kTable;
};

// One `stack up` or `stack down` at a time; released by the kernel however the process ends.
class StackLock {
public:
    explicit StackLock(const std::string& directory)
        : handle_(::open((directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        if (handle_ >= 0) ::flock(handle_, LOCK_EX);
    }
    ~StackLock() {
        if (handle_ >= 0) ::close(handle_);
    }
    StackLock(const StackLock&) = delete;
    StackLock& operator=(const StackLock&) = delete;

private:
    const int handle_;
};

std::string config_path(const StackState& state) { return state.directory() + "/sluice.toml"; }

// Starts what does not answer, all at once, and remembers each as soon as it runs.
class Starter {
public:
    explicit Starter(StackState& state) : state_(state) {}

    Result<Done> run() {
        std::vector<std::thread> threads;
        for (const StackKind& kind : stack_kinds()) {
            const auto known = state_.servers.find(kind.name);
            if (known != state_.servers.end() && answers(known->second)) {
                say("  " + kind.name + " runs already");
                continue;
            }
            threads.emplace_back([this, &kind, before = state_] { start(kind, before); });
        }
        for (std::thread& thread : threads) thread.join();
        if (error_) return *error_;
        return Done{};
    }
    // Stops what run() started, and nothing else.
    void undo() {
        for (const StackKind& kind : stack_kinds()) {
            if (!started_.contains(kind.name)) continue;
            StackServer& server = state_.servers[kind.name];
            (void)kind.stop(state_, server);
            server.processes.clear();
        }
        if (auto saved = state_.save(); !saved) complain(saved.error().detail);
    }

private:
    // A server that died may have left a companion behind (RabbitMQ its port mapper), and one that was just killed takes a
    // moment to end: were it taken for living, its companion would be forgotten with the next state.
    static void end_leftovers(const StackKind& kind, const StackState& before) {
        const auto known = before.servers.find(kind.name);
        if (known == before.servers.end() || known->second.processes.empty()) return;
        if (!stack::wait_ended(known->second.processes.front(), kDyingMax)) return;
        for (const stack::ProcessId& process : known->second.processes) {
            stack::terminate(process, kLeftoverGrace);
        }
    }
    void start(const StackKind& kind, const StackState& before) {
        end_leftovers(kind, before);
        auto server = kind.start(before);
        const std::lock_guard lock(mutex_);
        if (!server) {
            error_ = fail(server.error().code, kind.name + ": " + server.error().detail);
            return;
        }
        say(fmt::format("  {} answers on 127.0.0.1:{}", kind.name, server->ports.front()));
        state_.servers[kind.name] = *std::move(server);
        started_.insert(kind.name);
        if (auto saved = state_.save(); !saved) error_ = saved.error();
    }

    std::mutex mutex_;
    StackState& state_;              // guarded by mutex_ while threads run
    std::set<std::string> started_;  // likewise
    std::optional<Error> error_;     // likewise
};

Result<Done> write_config(const StackState& state) {
    auto text = stack_config(state);
    if (!text) return text.error();
    return write_private_file(config_path(state), *text);
}

// Schema and queues, so that whoever comes first finds everything in its place.
Result<Done> prepare(const StackState& state) {
    ConfigSources sources;
    sources.file = config_path(state);
    auto loaded = load_config(sources);
    if (!loaded) return loaded.error();
    StderrLog log(loaded->config.log);
    log.set_level(LogLevel::kWarn);
    return migrate_stack(loaded->config, log);
}

Exit run_up(const Options& options) {
    const Signals signals{
        SIGINT, SIGTERM};  // taken after the servers stand: none is left half started
    auto state = StackState::load(options.directory);
    if (!state) return complain(state.error().detail), Exit::kStart;
    const StackLock lock(state->directory());
    state = StackState::load(options.directory);  // as whoever held the lock left it
    if (!state) return complain(state.error().detail), Exit::kStart;
    say("starting Redis, RabbitMQ and MariaDB in " + state->directory());
    Starter starter(*state);
    auto ran = starter.run();
    if (ran) ran = write_config(*state);
    if (ran) ran = prepare(*state);
    const bool interrupted = signals.poll().has_value();
    if (!ran || interrupted) {
        say("stopping what was started");
        starter.undo();
        if (interrupted) return Exit::kInterrupted;
        complain(ran.error().detail);
        return Exit::kStart;
    }
    std::cout << config_path(*state) << std::endl;
    say("next:  sluice serve --config " + config_path(*state));
    return Exit::kOk;
}

Exit run_down(const Options& options) {
    auto state = StackState::load(options.directory);
    if (!state) return complain(state.error().detail), Exit::kStart;
    const StackLock lock(state->directory());
    state = StackState::load(options.directory);
    if (!state) return complain(state.error().detail), Exit::kStart;
    for (const StackKind& kind : stack_kinds()) {
        const auto found = state->servers.find(kind.name);
        if (found == state->servers.end() || found->second.processes.empty()) continue;
        const bool ran = stack::is_running(found->second.processes.front());
        const bool clean = kind.stop(*state, found->second);
        say("  " + kind.name +
            (!ran    ? " had ended already"
             : clean ? " stopped"
                     : " was killed: it did not stop in time"));
        found->second.processes.clear();
    }
    auto saved = state->save();
    if (!saved) return complain(saved.error().detail), Exit::kStart;
    return Exit::kOk;
}

Exit run_status(const Options& options) {
    auto state = StackState::load(options.directory);
    if (!state) return complain(state.error().detail), Exit::kStart;
    json::array rows;
    bool healthy = true;
    for (const StackKind& kind : stack_kinds()) {
        const auto found = state->servers.find(kind.name);
        const bool known = found != state->servers.end();
        const bool up = known && answers(found->second);
        const bool lives = known && !found->second.processes.empty() &&
                           stack::is_running(found->second.processes.front());
        healthy = healthy && up;
        rows.push_back(json::object{
            {"server", kind.name},
            {"state", up      ? "up"
                      : lives ? "does not answer"
                              : "down"},
            {"port", known ? found->second.ports.front() : 0},
            {"pid", lives ? found->second.processes.front().pid : 0}});
    }
    show(json::object{{"servers", std::move(rows)}}, options.output);
    return healthy ? Exit::kOk : Exit::kDependency;
}

}  // namespace

void add_stack(Program& program) {
    CLI::App* group = program.app.add_subcommand(
        "stack", "private Redis, RabbitMQ and MariaDB on loopback, from the system's packages"
    );
    group->require_subcommand(1);
    const auto add = [&](const char* name, const char* help, Exit (*run)(const Options&)) {
        auto options = std::make_shared<Options>();
        CLI::App* command = program.leaf(*group, name, help, options, run);
        command->add_option("--dir", options->directory, "where everything of them lives")
            ->capture_default_str();
        return std::pair{command, options};
    };
    add("up", "start what is not running, and write a configuration file for it", run_up);
    add("down", "stop what `up` started; the data stays", run_down);
    auto [status, options] = add("status", "say what runs", run_status);
    add_output(*status, options->output);
}

}  // namespace sluice::cli
