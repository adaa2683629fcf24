#include "sluice_speed.h"

#include <malloc.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "adapters/redis/reply.h"

namespace sluice::bench {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kSpeedBatch = 64;

std::string bare_key(std::uint32_t key) { return "bench-bare:" + std::to_string(key); }

RedisEndpoint endpoint_at(std::uint16_t port) {
    RedisEndpoint endpoint;
    endpoint.port = port;
    return endpoint;
}

}  // namespace

Speed::Speed(Executor executor, SluiceCache& cache, std::uint16_t redis_port)
    : executor_(executor),
      cache_(cache),
      redis_port_(redis_port),
      connection_(executor, clock_, log_, endpoint_at(redis_port)) {}

void Speed::FreeContext::operator()(redisContext* context) const { redisFree(context); }

Task<void> Speed::batch(
    const std::string& what, bool concurrent, KeyChooser& next, std::uint64_t& i
) {
    if (what == "l1") {
        for (std::size_t k = 0; k < kSpeedBatch; ++k)
            found_ += cache_.glance(next(i++)).value_or(0);
    } else if (what == "l2_many") {
        std::vector<std::uint32_t> keys;
        for (std::size_t k = 0; k < kSpeedBatch; ++k) keys.push_back(next(i++));
        found_ += co_await cache_.read_many_without_l1(std::move(keys));
    } else if (what == "get") {
        Tally tally;
        tally.next = i;
        tally.reads = i += kSpeedBatch;
        Crowd readers(executor_);
        for (std::size_t k = 0; k < kSpeedBatch; ++k) readers.spawn(get_some(tally, next));
        while (!readers.done()) co_await asio::post(executor_, asio::use_awaitable);
    } else if (!concurrent) {
        for (std::size_t k = 0; k < kSpeedBatch; ++k) found_ += co_await cache_.read(next(i++));
    } else {
        Tally tally;
        tally.next = i;
        tally.reads = i += kSpeedBatch;
        Crowd readers(executor_);
        for (std::size_t k = 0; k < kSpeedBatch; ++k)
            readers.spawn(read_some(cache_, tally, next, true));
        while (!readers.done()) co_await asio::post(executor_, asio::use_awaitable);
    }
}

Task<void> Speed::get_some(Tally& tally, KeyChooser& next) {
    while (tally.next < tally.reads) {
        auto command = format_command({"GET", bare_key(next(tally.next++))});
        auto reply =
            co_await connection_.call(std::move(command), CallKind::kRead, Deadline::never());
        if (!reply.ok() || reply->text.empty())
            throw std::runtime_error("a bare GET found nothing");
        found_ += reply->text.size();
    }
}

void Speed::pipelined_gets(redisContext& redis, KeyChooser& next, std::uint64_t& i) {
    for (std::size_t k = 0; k < kSpeedBatch; ++k) {
        redisAppendCommand(&redis, "GET %s", bare_key(next(i++)).c_str());
    }
    for (std::size_t k = 0; k < kSpeedBatch; ++k) {
        void* reply = nullptr;
        if (redisGetReply(&redis, &reply) != REDIS_OK)
            throw std::runtime_error("no reply to a bare GET");
        found_ += static_cast<const redisReply*>(reply)->len;
        freeReplyObject(reply);
    }
}

Speed::RedisContext Speed::bare_redis(const KeyRange& keys) {
    RedisContext redis(redisConnect("127.0.0.1", redis_port_));
    if (!redis || redis->err != 0) throw std::runtime_error("hiredis does not connect");
    const std::string value(kPayloadBytes + sizeof(std::uint32_t), 'x');
    for (std::uint32_t key = keys.first; key < keys.first + keys.count; ++key) {
        void* reply = redisCommand(
            redis.get(), "SET %s %b", bare_key(key).c_str(), value.data(), value.size()
        );
        if (reply == nullptr) throw std::runtime_error("no reply to a bare SET");
        freeReplyObject(reply);
    }
    return redis;
}

Task<json::object> Speed::speed(json::object command) {
    const std::string what = text(command, "what");
    const bool concurrent = command.at("concurrent").as_bool();
    const Keys keys = keys_of(command);
    KeyChooser next(keys);
    RedisContext redis;
    if (what == "get" || what == "get_raw") redis = bare_redis(keys.warm);
    if (what == "get") redis.reset();  // only the keys were wanted
    std::vector<double> took;
    std::uint64_t i = 0;
    const std::uint64_t started = monotonic_ns();
    const auto until = started + static_cast<std::uint64_t>(number<double>(command, "for_s") * 1e9);
    std::uint64_t begun = started;
    while (begun < until) {
        if (redis) {
            pipelined_gets(*redis, next, i);
        } else {
            co_await batch(what, concurrent, next, i);
        }
        const std::uint64_t ended = monotonic_ns();
        took.push_back(static_cast<double>(ended - begun) / kSpeedBatch);
        begun = ended;
    }
    std::ranges::sort(took);
    json::object answer;
    answer["reads"] = i;
    answer["per_second"] = static_cast<std::uint64_t>(
        static_cast<double>(i) * 1e9 / static_cast<double>(begun - started)
    );
    answer["p50_ns"] = std::round(took[took.size() / 2]);
    co_return answer;
}

Task<json::object> Speed::memory(json::object command) {
    const Keys keys = keys_of(command);
    const std::size_t before = mallinfo2().uordblks;
    (void)co_await closed_loop(
        cache_, executor_, keys, keys.warm.count, number<std::size_t>(command, "concurrency"), false
    );
    co_await pause(std::chrono::milliseconds(200));  // what was in flight is freed
    const double bytes = static_cast<double>(mallinfo2().uordblks - before) / keys.warm.count;
    json::object answer;
    answer["entries"] = keys.warm.count;
    answer["entry_bytes"] = std::round(bytes);
    co_return answer;
}

}  // namespace sluice::bench
