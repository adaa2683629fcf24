#include "adapters/redis/loaded_script.h"

#include <utility>

namespace sluice {
namespace {

constexpr std::size_t kHashSize = 40;
constexpr int kLoadsMax =
    3;  // of one call: somebody who flushes the cache all the time must not keep us here

Task<Result<Done>> load(RedisConnection& connection, LoadedScript& script, Deadline deadline) {
    auto command = format_command({"SCRIPT", "LOAD", script.text});
    auto reply = co_await connection.call(std::move(command), CallKind::kRead, deadline);
    if (!reply.ok()) co_return reply.error();
    if (reply->kind == Reply::Kind::kError) co_return error_of(reply->text, CallKind::kRead);
    if (reply->text.size() != kHashSize) {
        co_return fail(Code::kUnavailable, "redis: SCRIPT LOAD gave no hash");
    }
    script.hash = std::move(reply->text);
    co_return Done{};
}

}  // namespace

std::string format_script_call(
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

Task<Result<Reply>> run_script(
    RedisConnection& connection, LoadedScript& script, std::string call, Deadline deadline
) {
    const std::size_t hash_at = call.find("$40\r\n") + 5;  // the second word; the first is shorter
    for (int loads = 0;; ++loads) {
        if (!script.hash.empty()) {
            call.replace(hash_at, kHashSize, script.hash);
            auto reply = co_await connection.call(call, script.kind, deadline);
            if (!reply.ok() || reply->kind != Reply::Kind::kError) co_return reply;
            if (!is_noscript(reply->text) || loads == kLoadsMax) {
                co_return error_of(reply->text, script.kind);
            }
        }
        auto loaded = co_await load(connection, script, deadline);
        if (!loaded.ok()) co_return loaded.error();
    }
}

}  // namespace sluice
