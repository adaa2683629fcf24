#pragma once
// Where the broker is, and how its order queue is laid out. Everything that becomes an argument of
// a queue (partitions, tiers, messages_max) must be the same in every process: RabbitMQ refuses a
// second declaration that differs.

#include <chrono>
#include <cstdint>
#include <string>

#include "base/time.h"
#include "domain/retry_policy.h"

namespace sluice {

struct RabbitEndpoint {
    std::string host = "127.0.0.1";
    std::uint16_t port = 5672;
    std::string user = "guest";
    std::string password = "guest";
    std::string vhost = "/";
    std::chrono::seconds heartbeat{10};  // silence of twice this long is a lost connection
    Millis reply_timeout{5'000};         // of the TCP connect, and of each reply while setting up
};

struct RabbitOptions {
    RabbitEndpoint endpoint;
    std::string prefix = "sluice";  // of every exchange and queue
    std::uint16_t partitions = 1;
    RetryTiers tiers;
    Millis confirm_deadline{5'000};  // after which a publish is of unknown outcome
    std::uint16_t prefetch_messages =
        1'024;  // >= the orders of one take: a message has at least one
    std::uint32_t messages_max = 1'000'000;  // of each queue; beyond it publishes are refused
};

}  // namespace sluice
