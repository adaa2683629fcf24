#pragma once
// RedisConnection: one pipelined connection to a Redis server, used by any number of coroutines of
// one executor at once. It connects, greets and reconnects by itself (connection_plan.h); replies
// come in the order of the calls (call_queue.h).
//
// Everything belongs to the executor, which runs one thing at a time: construction, calls and
// destruction too. The destructor does no blocking I/O and ends the calls that wait. Failure: a
// call that was never written is kUnavailable, certainly nothing happened. One whose reply did not
// come is kOutcomeUnknown if it may have written something, else kUnavailable. A full queue is
// kOverloaded.

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/redis/endpoint.h"
#include "adapters/redis/reply.h"
#include "adapters/redis/reply_error.h"
#include "async/task.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace sluice {

struct RedisLimits {
    std::size_t calls_max = 1'024;  // waiting, or without a reply yet; also bounds late replies
    Millis connect_max{1'000};      // to connect, and again to be greeted
    Millis silence_max{
        10'000};  // no reply for so long while one is due: the connection is given up
};

struct RedisConnectionStats {
    bool serving = false;
    std::size_t calls = 0;           // waiting, or without a reply yet
    std::uint64_t greetings = 0;     // connections that were made
    std::uint64_t losses = 0;        // connections that were lost
    std::uint64_t late_replies = 0;  // thrown away: their calls' deadlines had passed
};

class RedisConnection {
public:
    // Connects as soon as the executor runs. `clock` and `log` outlive the connection.
    RedisConnection(
        Executor executor, const Clock& clock, Log& log, RedisEndpoint endpoint,
        RedisLimits limits = {}
    );
    ~RedisConnection();
    RedisConnection(const RedisConnection&) = delete;
    RedisConnection& operator=(const RedisConnection&) = delete;

    // Sends one command (format_command) and waits for its reply, which may be an error reply.
    Task<Result<Reply>> call(std::string command, CallKind kind, Deadline deadline);
    // Ends every waiting call and the connection; returns when nothing of it runs any more. Later
    // calls: kUnavailable.
    Task<void> stop();

    RedisConnectionStats stats() const;

private:
    struct State;
    std::shared_ptr<State>
        state_;  // shared with its coroutines and handlers, which may outlive the connection
};

}  // namespace sluice
