#pragma once
// Where the ledger's server is, who we are there, and how long we wait for it. Whole seconds,
// because that is what the client library can do.

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice {

struct MariaEndpoint {
    std::string host = "127.0.0.1";  // always over TCP, also for "localhost"
    std::uint16_t port = 3306;
    std::string user = "sluice";
    std::string password;
    std::string database = "sluice";
};

struct MariaTimeouts {
    std::chrono::seconds connect{2};
    // A server that says nothing for so long is taken for lost. Longer than a lock wait, or waiting
    // for a lock would look like a lost connection.
    std::chrono::seconds silence{5};
    std::chrono::seconds lock_wait{2};
    // The server ends a session that asks nothing for so long, and with it the locks of a client
    // whose machine went away without a word. Asking again opens a new one.
    std::chrono::seconds idle{30};
};

}  // namespace sluice
