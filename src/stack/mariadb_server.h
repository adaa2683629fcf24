#pragma once
// A private MariaDB server for `sluice stack` and for tests: on 127.0.0.1, with data, socket, log
// and pid file in a directory of its own, never reading the system's configuration, and with the
// durable settings that the ledger needs (docs/protocol.md §6). Runs as root as well as for an
// ordinary user.
//
// Blocking; one thread at a time. The server may outlive the object, and an object can be made for
// one that was started earlier. Nothing is stopped by the destructor.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "stack/process.h"

namespace sluice::stack {

struct MariadbOptions {
    std::string directory;            // created when missing; everything of the server is inside
    std::uint16_t port = 0;           // 0: a free one
    std::string user = "sluice";      // letters, digits and _; may do everything with its database
    std::string password;             // of `user`; set anew at every start
    std::string database = "sluice";  // letters, digits and _; created when missing
    bool binlog = false;              // with sync_binlog=1
    std::size_t buffer_pool_mb = 128;
    std::size_t connections_max = 200;
    bool dies_with_us = false;  // for tests: see stack/process.h
    Millis ready_within{120'000};
};

class MariadbServer {
public:
    // Makes the data directory when there is none (a first attempt that was killed half-way is
    // thrown away), starts the server and waits until it greets. Errors: kNotFound (not installed),
    // kInvalidField, kConflict (the port is taken), kUnavailable and kTimeout with the end of the
    // server's log.
    static Result<MariadbServer> start(MariadbOptions options);
    // One that start() started earlier, perhaps in another process. `options` must name its port.
    MariadbServer(MariadbOptions options, ProcessId process);

    std::uint16_t port() const { return options_.port; }
    const std::string& user() const { return options_.user; }
    const std::string& password() const { return options_.password; }
    const std::string& database() const { return options_.database; }
    const std::string& directory() const { return options_.directory; }
    std::string log_path() const;
    const ProcessId& process() const { return process_; }
    bool running() const { return is_running(process_); }

    // SIGKILL, and waits for the end. False when it was not running.
    bool kill();
    // Same directory and port; stops it first when it runs. Errors as start().
    Result<Done> restart();
    bool pause();   // SIGSTOP: accepts connections, answers nothing from now on
    bool resume();  // SIGCONT
    // A clean shutdown; true when it ended within the grace, else it was killed.
    bool stop(Millis grace = Millis{30'000});

private:
    Result<Done> launch();

    MariadbOptions options_;
    ProcessId process_;
};

}  // namespace sluice::stack
