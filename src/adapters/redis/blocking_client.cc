#include "adapters/redis/blocking_client.h"

#include <hiredis/hiredis.h>
#include <sys/time.h>

#include <string>
#include <utility>

namespace sluice {
namespace {

timeval timeval_of(Millis time) {
    return {time.count() / 1'000, static_cast<suseconds_t>(time.count() % 1'000 * 1'000)};
}

Error failure(std::string_view why) {
    return fail(Code::kUnavailable, "redis: " + std::string(why));
}

}  // namespace

void BlockingClient::Close::operator()(redisContext* context) const { redisFree(context); }

Result<BlockingClient> BlockingClient::connect(const RedisEndpoint& endpoint) {
    Context context(
        redisConnectWithTimeout(endpoint.host.c_str(), endpoint.port, timeval_of(kConnectMax))
    );
    if (!context) return failure("no memory for a connection");
    if (context->err != 0) {
        return failure("cannot connect to " + endpoint.host + ": " + context->errstr);
    }
    redisSetTimeout(context.get(), timeval_of(kReplyMax));
    BlockingClient client(std::move(context));
    if (!endpoint.password.empty()) {
        std::vector<std::string_view> words{"AUTH"};
        if (!endpoint.user.empty()) words.push_back(endpoint.user);
        words.push_back(endpoint.password);
        auto greeted = client.ask_well(words);
        if (!greeted.ok()) return greeted.error();
    }
    return client;
}

Result<Reply> BlockingClient::ask(const std::vector<std::string_view>& words) {
    const std::string command = format_command(words);
    void* raw = nullptr;
    if (redisAppendFormattedCommand(context_.get(), command.data(), command.size()) != REDIS_OK ||
        redisGetReply(context_.get(), &raw) != REDIS_OK || raw == nullptr) {
        return failure(context_->errstr);
    }
    auto* const reply = static_cast<redisReply*>(raw);
    auto value = to_reply(*reply);
    freeReplyObject(reply);
    return value;
}

Result<Reply> BlockingClient::ask_well(const std::vector<std::string_view>& words) {
    auto reply = ask(words);
    if (reply.ok() && reply->kind == Reply::Kind::kError) return failure(reply->text);
    return reply;
}

}  // namespace sluice
