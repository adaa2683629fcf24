#include "adapters/redis/cache_store.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "adapters/redis/cache_feed.h"
#include "adapters/redis/cache_line.h"
#include "async/task_group.h"
#include "cache/one_shot.h"

namespace sluice {
namespace {

constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable_t<>{});

template <class T>
Task<void> give(Task<T> task, std::shared_ptr<cache::OneShot<T>> shot) {
    shot->answer(co_await std::move(task));
}

}  // namespace

struct RedisCacheStore::State : std::enable_shared_from_this<RedisCacheStore::State> {
    State(
        const std::vector<Executor>& executors, const Clock& c, Log& log,
        const RedisEndpoint& endpoint, RedisCacheOptions how
    )
        : options(std::move(how)),
          clock(c),
          beat_timer(executors.front()),
          tasks(executors.front()) {
        for (const Executor& executor : executors) {
            lines.push_back(std::make_unique<CacheLine>(
                executor, clock, log, endpoint, options.limits, options.prefix
            ));
        }
        feed = std::make_unique<CacheFeed>(
            executors.front(), clock, log, endpoint, lines.front()->channel()
        );
    }

    Task<void> beat();
    // This executor's own, or any.
    CacheLine& line_for(const Executor& executor) {
        for (const auto& line : lines) {
            if (line->executor() == executor) return *line;
        }
        return *lines[next_line.fetch_add(1, std::memory_order_relaxed) % lines.size()];
    }
    // Runs `call` on the line's executor.
    template <class T, class Call>
    Task<T> on_line(Call call) {
        const auto self = shared_from_this();
        const Executor executor = co_await boost::asio::this_coro::executor;
        CacheLine& line = line_for(executor);
        if (line.executor() == executor) co_return co_await call(line);
        auto shot = std::make_shared<cache::OneShot<T>>();
        boost::asio::co_spawn(line.executor(), give<T>(call(line), shot), boost::asio::detached);
        co_return co_await cache::wait_for(std::move(shot));
    }

    const RedisCacheOptions options;
    const Clock& clock;
    std::vector<std::unique_ptr<CacheLine>> lines;  // never empty
    std::unique_ptr<CacheFeed> feed;
    std::atomic<std::size_t> next_line{0};
    std::atomic<bool> stopping{false};
    boost::asio::steady_timer beat_timer;  // on the first executor
    TaskGroup tasks;                       // likewise
};

Task<void> RedisCacheStore::State::beat() {
    const auto self = shared_from_this();
    while (!stopping) {
        const Deadline deadline{clock.now() + options.heartbeat};
        // Every process asks this often, and one of them publishes a little more often than the
        // others expect. A failure shows as silence.
        auto beaten = co_await lines.front()->heartbeat(options.heartbeat * 2 / 3, deadline);
        (void)beaten;
        if (stopping) co_return;
        beat_timer.expires_after(options.heartbeat);
        co_await beat_timer.async_wait(kAwait);
    }
}

RedisCacheStore::RedisCacheStore(
    std::vector<Executor> executors, const Clock& clock, Log& log, RedisEndpoint endpoint,
    RedisCacheOptions options
)
    : state_(std::make_shared<State>(executors, clock, log, endpoint, std::move(options))) {
    state_->tasks.spawn(state_->beat());
}

RedisCacheStore::~RedisCacheStore() { state_->stopping = true; }

Task<Result<std::vector<std::optional<cache::StoredValue>>>> RedisCacheStore::read(
    std::vector<std::string> keys, Deadline deadline
) {
    using Answer = Result<std::vector<std::optional<cache::StoredValue>>>;
    auto call = [keys = std::move(keys), deadline](CacheLine& line) mutable {
        return line.read(std::move(keys), deadline);
    };
    return state_->on_line<Answer>(std::move(call));
}

Task<Result<std::vector<cache::Acquired>>> RedisCacheStore::acquire(
    std::vector<cache::AcquireRequest> requests, Deadline deadline
) {
    auto call = [requests = std::move(requests), deadline](CacheLine& line) mutable {
        return line.acquire(std::move(requests), deadline);
    };
    return state_->on_line<Result<std::vector<cache::Acquired>>>(std::move(call));
}

Task<Result<std::vector<bool>>> RedisCacheStore::extend(
    std::vector<cache::Lease> leases, Millis lease, Deadline deadline
) {
    auto call = [leases = std::move(leases), lease, deadline](CacheLine& line) mutable {
        return line.extend(std::move(leases), lease, deadline);
    };
    return state_->on_line<Result<std::vector<bool>>>(std::move(call));
}

Task<Result<std::vector<cache::Committed>>> RedisCacheStore::commit(
    std::vector<cache::CommitRequest> requests, Deadline deadline
) {
    auto call = [requests = std::move(requests), deadline](CacheLine& line) mutable {
        return line.commit(std::move(requests), deadline);
    };
    return state_->on_line<Result<std::vector<cache::Committed>>>(std::move(call));
}

Task<Result<Done>> RedisCacheStore::release(
    std::vector<cache::ReleaseRequest> requests, Deadline deadline
) {
    auto call = [requests = std::move(requests), deadline](CacheLine& line) mutable {
        return line.release(std::move(requests), deadline);
    };
    return state_->on_line<Result<Done>>(std::move(call));
}

Task<Result<Done>> RedisCacheStore::invalidate(
    std::vector<std::string> keys, cache::InvalidateMode mode, Deadline deadline
) {
    auto call = [keys = std::move(keys), mode, deadline](CacheLine& line) mutable {
        return line.invalidate(std::move(keys), mode, deadline);
    };
    return state_->on_line<Result<Done>>(std::move(call));
}

void RedisCacheStore::listen(std::string prefix, cache::StoreListener& listener) {
    state_->feed->listen(std::move(prefix), listener);
}

void RedisCacheStore::unlisten(cache::StoreListener& listener) { state_->feed->unlisten(listener); }

Task<void> RedisCacheStore::stop() {
    const auto state = state_;
    state->stopping = true;
    for (std::size_t i = 0; i < state->lines.size(); ++i) {
        CacheLine& line = *state->lines[i];
        auto stopped = [](RedisCacheStore::State& all, CacheLine& each, bool first) -> Task<Done> {
            if (first) {
                all.beat_timer.cancel();
                co_await all.feed->stop();
            }
            co_await each.connection().stop();
            if (first) co_await all.tasks.join();
            co_return Done{};
        }(*state, line, i == 0);
        auto shot = std::make_shared<cache::OneShot<Done>>();
        boost::asio::co_spawn(
            line.executor(), give<Done>(std::move(stopped), shot), boost::asio::detached
        );
        co_await cache::wait_for(std::move(shot));
    }
}

bool RedisCacheStore::feed_alive() const { return state_->feed->alive(); }

RedisConnectionStats RedisCacheStore::connection_stats(std::size_t executor) const {
    return state_->lines.at(executor)->connection().stats();
}

}  // namespace sluice
