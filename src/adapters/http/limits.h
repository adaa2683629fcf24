#pragma once
// Every bound of a listener, with its reason. A client that reaches one gets a clear refusal or a
// closed connection.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/time.h"

namespace sluice::http {

struct ListenOptions {
    std::string address = "127.0.0.1";  // IPv4 or IPv6
    std::uint16_t port = 0;             // 0: any free one, see HttpListener::port()
    bool reuse_port = false;  // several listeners, one per io thread, share the port (SO_REUSEPORT)
};

struct Limits {
    std::size_t header_bytes_max =
        8 * 1024;  // request line and fields: enough for tokens, small enough to hold
    std::size_t body_bytes_max = 16 * 1024;  // every body of this interface is a small flat object
    Millis header_time{5'000};   // from the first byte to the end of the head (slow clients)
    Millis body_time{10'000};    // from the end of the head to the end of the body
    Millis idle_time{15'000};    // between requests of a kept connection
    Millis write_time{15'000};   // for the client to take one response or one piece of a stream
    Millis sweep_interval{250};  // how late a limit above may be noticed
    std::size_t connections_max = 8'192;              // of this listener
    std::size_t connections_per_address_max = 1'024;  // of this listener; 0: only the total counts
};

}  // namespace sluice::http
