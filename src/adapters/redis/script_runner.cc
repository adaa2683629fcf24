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

constexpr std::size_t kHashSize = 40;
constexpr int kLoadsMax =
    3;  // of one call: somebody who flushes the cache all the time must not keep us here

std::size_t index_of(Script script) { return static_cast<std::size_t>(script); }

}  // namespace

std::string script_text(Script script) {
    return std::string(redis_scripts::k_prelude_lua) + std::string(kFiles[index_of(script)].text);
}

CallKind kind_of(Script script) { return kFiles[index_of(script)].kind; }

std::string ScriptRunner::format(
    const std::vector<std::string>& keys, const std::vector<std::string_view>& arguments
) {
    const std::string no_hash(kHashSize, '0');
    const std::string count = std::to_string(keys.size());
    std::vector<std::string_view> words{"EVALSHA", no_hash, count};
    words.reserve(words.size() + keys.size() + arguments.size());
    words.insert(words.end(), keys.begin(), keys.end());
    words.insert(words.end(), arguments.begin(), arguments.end());
    return format_command(words);
}

Task<Result<Reply>> ScriptRunner::run(Script script, std::string call, Deadline deadline) {
    std::string& hash = hashes_[index_of(script)];
    const std::size_t hash_at = call.find("$40\r\n") + 5;  // the second word; the first is shorter
    for (int loads = 0;; ++loads) {
        if (!hash.empty()) {
            call.replace(hash_at, kHashSize, hash);
            auto reply = co_await connection_.call(call, kind_of(script), deadline);
            if (!reply.ok() || reply->kind != Reply::Kind::kError) co_return reply;
            if (!is_noscript(reply->text) || loads == kLoadsMax) {
                co_return error_of(reply->text, kind_of(script));
            }
        }
        auto loaded = co_await load(script, deadline);
        if (!loaded.ok()) co_return loaded.error();
    }
}

Task<Result<Done>> ScriptRunner::load(Script script, Deadline deadline) {
    const std::string text = script_text(script);
    auto command = format_command({"SCRIPT", "LOAD", text});
    auto reply = co_await connection_.call(std::move(command), CallKind::kRead, deadline);
    if (!reply.ok()) co_return reply.error();
    if (reply->kind == Reply::Kind::kError) co_return error_of(reply->text, CallKind::kRead);
    if (reply->text.size() != kHashSize) {
        co_return fail(Code::kUnavailable, "redis: SCRIPT LOAD gave no hash");
    }
    hashes_[index_of(script)] = std::move(reply->text);
    co_return Done{};
}

}  // namespace sluice
