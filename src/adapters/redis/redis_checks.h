#pragma once
// Whether a Redis server is fit to hold gates: asked by `sluice doctor`, and at start. Blocking.

#include <string>
#include <vector>

#include "adapters/redis/endpoint.h"
#include "base/result.h"

namespace sluice {

struct RedisCheck {
    std::string name;
    bool ok = false;
    std::string detail;  // what was found
    std::string fix;     // what to do about it; "" when ok
};

// connection, version, role, maxmemory-policy, appendonly, repl-backlog-ttl. A server that does not
// answer gives only the first, not ok. A setting that may not be read is not ok.
std::vector<RedisCheck> check_redis(const RedisEndpoint& endpoint);

// What forbids a start: an old version, or a policy that may throw keys away: a gate that has lost
// a hold oversells. A server that is away or a replica for now does not: the connection waits for
// it and the scripts refuse it. Errors: kConflict with detail and fix of the first such check.
Result<Done> may_start(const std::vector<RedisCheck>& checks);

}  // namespace sluice
