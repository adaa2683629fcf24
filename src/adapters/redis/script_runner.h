#pragma once
// ScriptRunner: the scripts of the gate (lua/), each run by its hash (loaded_script.h). Belongs to
// the executor of its connection.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/loaded_script.h"

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
    explicit ScriptRunner(RedisConnection& connection);

    // A call of this script as bytes, without its hash. Copies what it is given.
    static std::string format(
        const std::vector<std::string>& keys, const std::vector<std::string_view>& arguments
    ) {
        return format_script_call(keys, arguments);
    }
    // Runs a formatted call. The reply is never an error reply: those are Errors (reply_error.h).
    Task<Result<Reply>> run(Script script, std::string call, Deadline deadline);

private:
    RedisConnection& connection_;
    std::array<LoadedScript, kScripts> scripts_;
};

}  // namespace sluice
