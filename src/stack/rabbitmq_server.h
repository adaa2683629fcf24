#pragma once
// A private RabbitMQ node from the Debian package, on 127.0.0.1 only, with everything it writes in
// one directory: its own node name, Erlang cookie, ports and port mapper (epmd). RabbitMQ cannot
// run without an epmd, and the system's shared one must not learn of this node, so a private epmd
// is started beside it and ended with it. The package's wrapper, which changes to the user
// rabbitmq, is not used: the node runs as whoever starts it.
//
// Blocking; a start takes some seconds. Destroying the object leaves the node running (`sluice
// stack` starts it and goes away); with dies_with_us it ends with the thread that started it.

#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "stack/process.h"

namespace sluice::stack {

struct RabbitmqOptions {
    std::string directory;  // made if it is missing; a later start in the same directory finds its
                            // messages again
    std::string user = "sluice";  // these three: letters, digits, '-', '_', '.'
    std::string password;
    std::string vhost = "sluice";
    std::uint16_t port = 0;               // AMQP; 0: a free one
    std::uint16_t distribution_port = 0;  // for rabbitmqctl; 0: a free one
    std::uint16_t epmd_port = 0;          // 0: a free one
    bool dies_with_us = false;
};

struct RabbitmqProcesses {
    ProcessId broker;
    ProcessId epmd;
};

class RabbitmqServer {
public:
    // Returns when AMQP answers, which RabbitMQ does only after users, vhosts and queues stand.
    // Errors: kNotFound (not installed), kInvalidField, kUnavailable and kTimeout with the end of
    // its log.
    static Result<std::unique_ptr<RabbitmqServer>> start(RabbitmqOptions options);
    // One that was started earlier, perhaps by another process: `options` as options() told them.
    RabbitmqServer(RabbitmqOptions options, RabbitmqProcesses processes);

    const RabbitmqOptions& options() const { return options_; }  // with the ports that were chosen
    const RabbitmqProcesses& processes() const { return processes_; }
    std::uint16_t port() const { return options_.port; }
    const std::string& user() const { return options_.user; }
    const std::string& password() const { return options_.password; }
    const std::string& vhost() const { return options_.vhost; }

    bool running() const { return is_running(processes_.broker); }
    void kill();  // as a power failure of the node: SIGKILL, and waits until it has ended
    bool pause() { return suspend(processes_.broker); }
    bool resume() { return send_signal(processes_.broker, SIGCONT); }
    // After kill() or stop(): the same ports, directory and messages.
    Result<Done> restart();
    // SIGTERM to the node, SIGKILL after `grace`; then its epmd. True when it ended within the
    // grace.
    bool stop(Millis grace = Millis{30'000});

    // rabbitmqctl against this node; what it printed. Errors: kUnavailable with that text when it
    // failed.
    Result<std::string> control(const std::vector<std::string>& arguments) const;

private:
    Result<Done> prepare();
    Result<Done> start_epmd();
    Result<Done> start_broker();
    std::vector<std::string> environment() const;
    std::string file(const std::string& name) const { return options_.directory + "/" + name; }

    RabbitmqOptions options_;
    RabbitmqProcesses processes_;
};

}  // namespace sluice::stack
