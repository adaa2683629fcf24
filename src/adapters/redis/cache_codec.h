#pragma once
// The cache's values as the scripts of lua/cache/ take and give them. Pure. What a server answers
// is never trusted to be well formed: nullopt means that it was not.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/reply.h"
#include "cache/store.h"

namespace sluice {

// Maps the server's time to ours, never later than it means: the server said `server_ms` at some
// moment after `sent`.
class ServerTime {
public:
    void observe(Instant sent, std::int64_t server_ms);
    bool known(Instant now) const { return observed_ && now - *observed_ < kValid; }
    void forget() { observed_.reset(); }
    Instant to_instant(std::int64_t server_ms) const;

private:
    static constexpr Millis kValid{1'000};  // the server's clock may be set meanwhile
    static constexpr Millis kReplace{500};  // by one that is less tight

    std::optional<Instant> observed_;
    std::chrono::nanoseconds ahead_{0};  // the server's clock minus ours, at most
};

// A value of another program, or of another release, is nullopt: as if it were not there.
std::optional<cache::StoredValue> parse_cached(std::string_view text, const ServerTime& time);
std::optional<cache::Acquired> parse_acquired(
    const Reply& reply, cache::AcquireRequest& request, const ServerTime& time
);
std::optional<cache::Committed> parse_committed(const Reply& reply, const ServerTime& time);
std::optional<std::int64_t> parse_whole(std::string_view text);

// What the channel carries: 'i <number> <key>' or 'h <last number>'.
struct FeedMessage {
    std::uint64_t number = 0;
    std::optional<std::string_view> key;  // nullopt: a heartbeat
};
std::optional<FeedMessage> parse_feed(std::string_view text);

}  // namespace sluice
