#pragma once
// Where a Redis server is, and as whom it is asked. No TLS: hiredis 0.14 has none; put a tunnel in
// front.

#include <cstdint>
#include <string>

namespace sluice {

struct RedisEndpoint {
    std::string host = "127.0.0.1";
    std::uint16_t port = 6379;
    std::string user;      // "": the default user
    std::string password;  // "": no AUTH
};

}  // namespace sluice
