#pragma once
// What the auditor reads from Redis: every sale's gate, by one small read of its own over a
// connection of its own. Shares no script and no parser with the gate that it judges. Works on a
// server that is out of memory too. Blocking.

#include <string>
#include <vector>

#include "adapters/redis/endpoint.h"
#include "audit/evidence.h"

namespace sluice {

// One entry per gate that the server has, by sale; each read in one step. False, with
// the reason in `error`, when any read failed: then nothing may be concluded.
bool read_gate_facts(
    const RedisEndpoint& endpoint, std::vector<audit::GateFacts>& facts, std::string& error
);

}  // namespace sluice
