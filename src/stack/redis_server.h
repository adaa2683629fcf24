#pragma once
// RedisServer: a private redis-server on 127.0.0.1 with the durable settings that the gate needs:
// append-only file, nothing evicted, a replication backlog that never expires (its end would change
// the server's identity). Each has a directory of its own, with its data, its log and its
// configuration, which is private because of the password. Blocking; one thread. Dropping the
// object leaves the server running: stop() or kill() it, or let it die with us.

#include <cstdint>
#include <string>
#include <vector>

#include "stack/process.h"

namespace sluice::stack {

struct RedisOptions {
    std::string directory;                 // exists; absolute
    std::uint16_t port = 0;                // 0: a free one
    std::string password;                  // "": none is asked for
    bool dies_with_us = false;             // for tests
    std::vector<std::string> settings;     // more lines of redis.conf
    std::vector<std::string> environment;  // "NAME=value", added to ours
};

class RedisServer {
public:
    // Returns when the server answers PING. Errors: those of stack::start and wait_ready.
    static Result<RedisServer> start(RedisOptions options);
    // A server that was started earlier, perhaps by another process, with these options;
    // `options.port` is known.
    RedisServer(RedisOptions options, ProcessId process);

    std::uint16_t port() const { return options_.port; }
    const ProcessId& process() const { return process_; }
    bool is_running() const { return stack::is_running(process_); }

    void kill();  // SIGKILL; returns when it has ended
    // Starts it again on the same port and directory; it must have ended. Errors: as start.
    Result<Done> restart();
    void pause();   // SIGSTOP: keeps its connections and answers nothing from now on
    void resume();  // SIGCONT
    void stop();    // lets it write what it has; a server that does not end within 10 s is killed

private:
    static Result<RedisServer> start_on(RedisOptions options);  // a known port
    Result<Done> launch();
    bool answers() const;

    RedisOptions options_;
    ProcessId process_;
};

}  // namespace sluice::stack
