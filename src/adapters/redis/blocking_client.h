#pragma once
// BlockingClient: one command after the other over a connection of its own, for what is not on the
// request path: the auditor's reads and the start-up checks. Every wait is bounded. One thread.

#include <memory>
#include <string_view>
#include <vector>

#include "adapters/redis/endpoint.h"
#include "adapters/redis/reply.h"
#include "base/result.h"
#include "base/time.h"

struct redisContext;

namespace sluice {

class BlockingClient {
public:
    static constexpr Millis kConnectMax{2'000};
    static constexpr Millis kReplyMax{10'000};

    // Connects and authenticates. Errors: kUnavailable.
    static Result<BlockingClient> connect(const RedisEndpoint& endpoint);

    // The reply, which may be an error reply. Errors: kUnavailable; then the client is of no use
    // any more.
    Result<Reply> ask(const std::vector<std::string_view>& words);
    // The same, with an error reply as kUnavailable.
    Result<Reply> ask_well(const std::vector<std::string_view>& words);

private:
    struct Close {
        void operator()(redisContext* context) const;
    };
    using Context = std::unique_ptr<redisContext, Close>;
    explicit BlockingClient(Context context) : context_(std::move(context)) {}

    Context context_;
};

}  // namespace sluice
