#include "adapters/redis/cache_line.h"

#include <utility>

#include "base/hmac.h"
#include "cache_scripts.h"

namespace sluice {
namespace {

using cache::Acquired;
using cache::Committed;
using cache::StoredValue;

constexpr std::array<std::string_view, kCacheScripts> kFiles = {
    cache_scripts::k_acquire_lua,  cache_scripts::k_extend_lua,     cache_scripts::k_commit_lua,
    cache_scripts::k_release_lua,  cache_scripts::k_invalidate_lua, cache_scripts::k_publish_lua,
    cache_scripts::k_heartbeat_lua};

// Every step may be repeated: one whose outcome is unknown is simply a store that did not answer.
Error not_understood() {
    return fail(Code::kUnavailable, "redis: a script gave an answer that is not its own");
}

}  // namespace

CacheLine::CacheLine(
    Executor executor, const Clock& clock, Log& log, RedisEndpoint endpoint, RedisLimits limits,
    std::string prefix
)
    : executor_(executor),
      clock_(clock),
      prefix_(std::move(prefix)),
      connection_(std::move(executor), clock, log, std::move(endpoint), limits),
      generation_(hex(random_bytes(10)) + "-") {
    for (std::size_t i = 0; i < kCacheScripts; ++i) {
        scripts_[i].text = std::string(cache_scripts::k_prelude_lua) + std::string(kFiles[i]);
    }
}

// The braces make value and meta one hash slot.
std::string CacheLine::value_key(std::string_view key) const {
    std::string name;
    name.reserve(prefix_.size() + key.size() + 4);
    return name.append(prefix_).append("{").append(key).append("}:v");
}

void CacheLine::add_pair(std::vector<std::string>& keys, std::string_view key) const {
    keys.push_back(value_key(key));
    keys.push_back(keys.back());
    keys.back().back() = 'm';
}

Task<Result<Reply>> CacheLine::run(
    CacheScript script, const std::vector<std::string>& keys, const Arguments& arguments,
    Deadline deadline
) {
    // Formatted here and now: the arguments need not outlive this call.
    return run_script(
        connection_, scripts_[static_cast<std::size_t>(script)],
        format_script_call(keys, arguments.words()), deadline
    );
}

void CacheLine::learn_time(Instant sent, const Reply& reply) {
    if (reply.items.empty()) return;
    const auto now = parse_whole(reply.items.front().text);
    if (now) time_.observe(sent, *now);
}

// Every reply of a script says what time it is; reads ask when the last one is too long ago, or of
// another server.
bool CacheLine::knows_time() {
    const std::uint64_t greetings = connection_.stats().greetings;
    if (std::exchange(greeted_, greetings) != greetings) time_.forget();
    return time_.known(clock_.now());
}

Task<Result<Done>> CacheLine::ask_time(Deadline deadline) {
    const Instant sent = clock_.now();
    auto command = format_command({"TIME"});
    auto reply = co_await connection_.call(std::move(command), CallKind::kRead, deadline);
    if (!reply.ok()) co_return reply.error();
    if (reply->items.size() != 2) co_return not_understood();
    const auto seconds = parse_whole(reply->items[0].text);
    const auto micros = parse_whole(reply->items[1].text);
    if (!seconds || !micros) co_return not_understood();
    greeted_ = connection_.stats().greetings;
    time_.observe(sent, *seconds * 1'000 + *micros / 1'000);
    co_return Done{};
}

Task<Result<std::vector<std::optional<StoredValue>>>> CacheLine::read(
    std::vector<std::string> keys, Deadline deadline
) {
    std::vector<std::optional<StoredValue>> values(keys.size());
    if (keys.empty()) co_return values;
    if (!knows_time()) {
        auto asked = co_await ask_time(deadline);
        if (!asked.ok()) co_return asked.error();
    }
    for (std::string& key : keys) key = value_key(key);
    std::vector<std::string_view> words{"MGET"};
    words.insert(words.end(), keys.begin(), keys.end());
    auto command = format_command(words);
    auto reply = co_await connection_.call(std::move(command), CallKind::kRead, deadline);
    if (!reply.ok()) co_return reply.error();
    if (reply->kind == Reply::Kind::kError) co_return error_of(reply->text, CallKind::kRead);
    if (reply->items.size() != values.size()) co_return not_understood();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Reply& item = reply->items[i];
        if (item.kind == Reply::Kind::kText) values[i] = parse_cached(item.text, time_);
    }
    co_return values;
}

Task<Result<std::vector<Acquired>>> CacheLine::acquire(
    std::vector<cache::AcquireRequest> requests, Deadline deadline
) {
    std::vector<Acquired> all;
    if (requests.empty()) co_return all;
    std::vector<std::string> keys;
    Arguments arguments;
    arguments.add_number(std::int64_t{requests.front().lease.count()});
    arguments.add_number(std::int64_t{requests.front().load_max.count()});
    for (const auto& request : requests) {
        add_pair(keys, request.key);
        arguments.add(request.owner);
        arguments.add_number(request.seen_ticket);
        arguments.add_own(generation_ + std::to_string(++generations_));
    }
    const Instant sent = clock_.now();
    auto reply = co_await run(CacheScript::kAcquire, keys, arguments, deadline);
    if (!reply.ok()) co_return reply.error();
    if (reply->items.size() != requests.size() + 1) co_return not_understood();
    learn_time(sent, *reply);
    for (std::size_t i = 0; i < requests.size(); ++i) {
        auto acquired = parse_acquired(reply->items[i + 1], requests[i], time_);
        if (!acquired) co_return not_understood();
        all.push_back(std::move(*acquired));
    }
    co_return all;
}

Task<Result<std::vector<bool>>> CacheLine::extend(
    std::vector<cache::Lease> leases, Millis lease, Deadline deadline
) {
    std::vector<bool> all;
    if (leases.empty()) co_return all;
    std::vector<std::string> keys;
    Arguments arguments;
    arguments.add_number(std::int64_t{lease.count()});
    for (const auto& each : leases) {
        add_pair(keys, each.key);
        arguments.add(each.owner);
        arguments.add(each.generation);
    }
    auto reply = co_await run(CacheScript::kExtend, keys, arguments, deadline);
    if (!reply.ok()) co_return reply.error();
    if (reply->items.size() != leases.size()) co_return not_understood();
    for (const Reply& item : reply->items) all.push_back(item.number == 1);
    co_return all;
}

Task<Result<std::vector<Committed>>> CacheLine::commit(
    std::vector<cache::CommitRequest> requests, Deadline deadline
) {
    std::vector<Committed> all;
    if (requests.empty()) co_return all;
    std::vector<std::string> keys;
    Arguments arguments;
    for (const auto& request : requests) {
        add_pair(keys, request.lease.key);
        arguments.add(request.lease.owner);
        arguments.add(request.lease.generation);
        arguments.add_number(request.lease.ticket);
        arguments.add_number(std::int64_t{request.soft_ttl.count()});
        arguments.add_number(std::int64_t{request.grace.count()});
        arguments.add_number(std::int64_t{request.load.count()});
        arguments.add(request.null ? "n" : "v");
        arguments.add(request.payload);
    }
    const Instant sent = clock_.now();
    auto reply = co_await run(CacheScript::kCommit, keys, arguments, deadline);
    if (!reply.ok()) co_return reply.error();
    if (reply->items.size() != requests.size() + 1) co_return not_understood();
    learn_time(sent, *reply);
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const auto committed = parse_committed(reply->items[i + 1], time_);
        if (!committed) co_return not_understood();
        all.push_back(*committed);
    }
    co_return all;
}

Task<Result<Done>> CacheLine::release(
    std::vector<cache::ReleaseRequest> requests, Deadline deadline
) {
    if (requests.empty()) co_return Done{};
    std::vector<std::string> keys;
    Arguments arguments;
    for (const auto& request : requests) {
        add_pair(keys, request.lease.key);
        arguments.add(request.lease.owner);
        arguments.add(request.lease.generation);
        arguments.add(request.failed ? "1" : "0");
        arguments.add_number(std::int64_t{request.backoff_first.count()});
        arguments.add_number(std::int64_t{request.backoff_max.count()});
    }
    auto reply = co_await run(CacheScript::kRelease, keys, arguments, deadline);
    if (!reply.ok()) co_return reply.error();
    if (!reply->is_text("ok")) co_return not_understood();
    co_return Done{};
}

// First the keys, then the news of it: whoever forgets a key and reads it again must not find the
// old value.
Task<Result<Done>> CacheLine::invalidate(
    std::vector<std::string> keys, cache::InvalidateMode mode, Deadline deadline
) {
    if (keys.empty()) co_return Done{};
    std::vector<std::string> pairs;
    Arguments arguments;
    arguments.add(mode == cache::InvalidateMode::kDelete ? "delete" : "expire");
    for (const std::string& key : keys) {
        add_pair(pairs, key);
        arguments.add_own(generation_ + std::to_string(++generations_));
    }
    auto reply = co_await run(CacheScript::kInvalidate, pairs, arguments, deadline);
    if (!reply.ok()) co_return reply.error();
    if (!reply->is_text("ok")) co_return not_understood();

    const std::vector<std::string> counter{prefix_ + "{feed}:number"};
    const std::string name = channel();
    Arguments news;
    news.add(name);
    for (const std::string& key : keys) news.add(key);
    auto published = co_await run(CacheScript::kPublish, counter, news, deadline);
    if (!published.ok()) co_return published.error();
    co_return Done{};
}

Task<Result<Done>> CacheLine::heartbeat(Millis every, Deadline deadline) {
    const std::vector<std::string> keys{prefix_ + "{feed}:number", prefix_ + "{feed}:beat"};
    const std::string name = channel();
    Arguments arguments;
    arguments.add(name);
    arguments.add_number(std::int64_t{every.count()});
    const Instant sent = clock_.now();
    auto reply = co_await run(CacheScript::kHeartbeat, keys, arguments, deadline);
    if (!reply.ok()) co_return reply.error();
    const auto now = parse_whole(reply->text);
    if (!now) co_return not_understood();
    time_.observe(sent, *now);
    co_return Done{};
}

}  // namespace sluice
