#pragma once
// A server process that Sluice starts for itself: Redis, RabbitMQ or MariaDB on loopback, for
// `sluice stack` and for tests. Only what was started here is ever signalled: a process is known by
// its pid and its start time, so that a pid which was given to somebody else meanwhile is left
// alone. Blocking; nothing here is on the request path.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace sluice::stack {

struct ProcessId {
    pid_t pid = 0;
    std::uint64_t started = 0;  // clock ticks after boot, field 22 of /proc/<pid>/stat (proc(5))
    friend bool operator==(const ProcessId&, const ProcessId&) = default;
};

struct Command {
    std::vector<std::string> argv;         // argv[0] is looked up in PATH
    std::vector<std::string> environment;  // "NAME=value", added to ours
    std::string directory;                 // "" = ours
    std::string log_path;                  // stdout and stderr are appended here
    bool dies_with_us = false;  // SIGKILL when the thread that started it ends: for tests
};

// Leads a process group of its own, so that a signal of the terminal does not reach it. Errors:
// kUnavailable with the system's reason, kNotFound when the program is not installed.
Result<ProcessId> start(const Command& command);

bool is_running(const ProcessId& process);  // a zombie is not running; one of ours is reaped
// False when it is not running any more.
bool send_signal(const ProcessId& process, int signal);
// SIGSTOP, and waits until every thread has stopped: kill(2) returns before, and a thread that runs on another processor
// may still answer somebody. False when it is not running any more.
bool suspend(const ProcessId& process);
// True as soon as it has ended; false when it has not within `timeout`.
bool wait_ended(const ProcessId& process, Millis timeout);
// SIGTERM, `grace`, SIGKILL. True when it had ended within the grace.
bool terminate(const ProcessId& process, Millis grace);

// Asks `ready` every 20 ms until it is true. Errors: kTimeout; kUnavailable as soon as the process
// has ended, with the last lines of its log.
Result<Done> wait_ready(
    const ProcessId& process, const std::function<bool()>& ready, Millis timeout,
    const std::string& log_path
);

// A TCP port of 127.0.0.1 that nobody listens on now.
Result<std::uint16_t> free_port();
// nullopt: it can be bound; else the system's reason.
std::optional<std::string> why_not_free(std::uint16_t port);
// One request and the beginning of its answer over a fresh connection to 127.0.0.1; "" when that
// fails within 1 s.
std::string ask(std::uint16_t port, const std::string& request);

// Where a program is; "" when it is not installed. Looks in PATH and in /usr/sbin,
// /usr/lib/rabbitmq/bin.
std::string find_program(const std::string& name);

}  // namespace sluice::stack
