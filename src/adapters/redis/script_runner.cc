#include "adapters/redis/script_runner.h"

#include <utility>

#include "redis_scripts.h"

namespace sluice {
namespace {

struct ScriptFile {
    std::string_view text;
    CallKind kind;
};

const std::array<ScriptFile, kScripts> kFiles = {{
    {redis_scripts::k_reserve_lua, CallKind::kWrite},
    {redis_scripts::k_sync_lua, CallKind::kWrite},
    {redis_scripts::k_claim_stale_lua, CallKind::kWrite},
    {redis_scripts::k_park_lua, CallKind::kWrite},
    {redis_scripts::k_load_stage_lua, CallKind::kRead},  // what nobody commits is nothing
    {redis_scripts::k_load_commit_lua, CallKind::kWrite},
    {redis_scripts::k_set_state_lua, CallKind::kWrite},
    {redis_scripts::k_figures_lua, CallKind::kRead},
    {redis_scripts::k_snapshot_lua, CallKind::kRead},
    {redis_scripts::k_find_held_lua, CallKind::kRead},
    {redis_scripts::k_letters_lua, CallKind::kRead},
    {redis_scripts::k_retire_lua, CallKind::kWrite},
}};

std::size_t index_of(Script script) { return static_cast<std::size_t>(script); }

}  // namespace

std::string script_text(Script script) {
    return std::string(redis_scripts::k_prelude_lua) + std::string(kFiles[index_of(script)].text);
}

CallKind kind_of(Script script) { return kFiles[index_of(script)].kind; }

ScriptRunner::ScriptRunner(RedisConnection& connection) : connection_(connection) {
    for (std::size_t i = 0; i < kScripts; ++i) {
        const auto script = static_cast<Script>(i);
        scripts_[i].text = script_text(script);
        scripts_[i].kind = kind_of(script);
    }
}

Task<Result<Reply>> ScriptRunner::run(Script script, std::string call, Deadline deadline) {
    return run_script(connection_, scripts_[index_of(script)], std::move(call), deadline);
}

}  // namespace sluice
