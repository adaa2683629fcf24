#pragma once
// HttpListener: accepts connections on one port and serves them with a router, all on the one
// thread that runs its io_context. The runtime makes one per io thread; with reuse_port they share
// a port and the kernel spreads clients.
//
// Bounded: connections in total and per address, head, body and every wait (limits.h). A client
// that goes too slowly is told 408 or closed; one that connects beyond a bound is told 503 and
// closed. A handler that throws is answered 500. Except for the constructor, all members are called
// on the io_context's thread; destroy it before the io_context.

#include <cstdint>
#include <memory>

#include "adapters/http/http_stats.h"
#include "adapters/http/limits.h"
#include "adapters/http/router.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace boost::asio {
class io_context;
}

namespace sluice::http {

struct ListenerPorts {
    Clock& clock;
    Log& log;
    HttpStats& stats;
};

class HttpListener {
public:
    // The router and the ports outlive the listener and its connections.
    HttpListener(
        boost::asio::io_context& io, ListenOptions options, const Router& router, Limits limits,
        ListenerPorts ports
    );
    ~HttpListener();
    HttpListener(const HttpListener&) = delete;
    HttpListener& operator=(const HttpListener&) = delete;

    // Binds and starts accepting. Errors: kUnavailable with the address and the system's reason.
    Result<Done> start();
    std::uint16_t port() const;  // the bound one, after start()

    // Stops accepting, closes idle connections, lets running requests finish and ends streams and
    // long polls early.
    void drain();
    // After drain(): until the last connection is gone.
    Task<void> drained();
    // Closes every connection at once; running handlers still end by themselves.
    void abort();
    std::size_t connections() const;

private:
    struct State;
    std::shared_ptr<State>
        state_;  // shared with connections, which may outlive a listener that is not drained
};

}  // namespace sluice::http
