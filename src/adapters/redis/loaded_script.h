#pragma once
// A script that is run by its hash (EVALSHA), and loaded when the server does not have it yet or
// any more. "Not in the cache" means that certainly nothing ran, so running it then is not a
// repetition. Belongs to the executor of its connection.

#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/connection.h"

namespace sluice {

struct LoadedScript {
    std::string text;
    CallKind kind = CallKind::kWrite;  // whether its loss leaves something unknown
    std::string hash;                  // "": not loaded by this object yet
};

// A call of a script as bytes, without its hash. Copies what it is given.
std::string format_script_call(
    const std::vector<std::string>& keys, const std::vector<std::string_view>& arguments
);

// Runs a formatted call. The reply is never an error reply: those are Errors (reply_error.h).
// `connection` and `script` outlive it.
Task<Result<Reply>> run_script(
    RedisConnection& connection, LoadedScript& script, std::string call, Deadline deadline
);

}  // namespace sluice
