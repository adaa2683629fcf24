#pragma once
// ScriptRunner: runs the scripts of lua/ by their hash (EVALSHA), loading each when the server does
// not have it yet or any more. "Not in the cache" means that certainly nothing ran, so running it
// then is not a repetition. Belongs to the executor of its connection.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/connection.h"

namespace sluice {

enum class Script : std::uint8_t {
    kReserve,
    kSync,
    kClaimStale,
    kPark,
    kLoadStage,
    kLoadCommit,
    kSetState,
    kFigures,
    kSnapshot,
    kFindHeld,
    kLetters,
    kRetire
};
inline constexpr std::size_t kScripts = 12;

// The prelude and the script's own file.
std::string script_text(Script script);
// Whether its loss leaves something unknown.
CallKind kind_of(Script script);

class ScriptRunner {
public:
    explicit ScriptRunner(RedisConnection& connection) : connection_(connection) {}

    // A call of this script as bytes, without its hash. Copies what it is given.
    static std::string format(
        const std::vector<std::string>& keys, const std::vector<std::string_view>& arguments
    );
    // Runs a formatted call. The reply is never an error reply: those are Errors (reply_error.h).
    Task<Result<Reply>> run(Script script, std::string call, Deadline deadline);

private:
    Task<Result<Done>> load(Script script, Deadline deadline);

    RedisConnection& connection_;
    std::array<std::string, kScripts> hashes_;  // "": not loaded by this object yet
};

}  // namespace sluice
