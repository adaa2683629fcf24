#include "adapters/redis/cache_feed.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/redis/cache_codec.h"
#include "adapters/redis/connection_link.h"
#include "adapters/redis/connection_plan.h"
#include "async/task_group.h"
#include "cache/gap_detector.h"

namespace sluice {
namespace {

constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable_t<>{});
constexpr Millis kConnectMax{1'000};
constexpr Millis kLook{100};            // between two looks at the silence
constexpr Millis kGivenUpAfter{3'000};  // of silence: the connection is replaced
using Phase = ConnectionPlan::Phase;

}  // namespace

struct CacheFeed::State : std::enable_shared_from_this<CacheFeed::State> {
    State(Executor e, const Clock& c, Log& l, RedisEndpoint to, std::string on)
        : executor(e),
          clock(c),
          log(l),
          endpoint(std::move(to)),
          channel(std::move(on)),
          timer(e),
          look(e),
          tasks(e) {}

    Task<void> run();
    Task<void> watch();
    Task<Result<Done>> serve(std::shared_ptr<Link> mine);
    void take(const Reply& reply);
    void tell(const FeedMessage& message);
    void missed(std::string_view why);
    void set_alive(bool is_alive);
    void shut();

    const Executor executor;
    const Clock& clock;
    Log& log;
    const RedisEndpoint endpoint;
    const std::string channel;

    // On the executor:
    ConnectionPlan plan;
    cache::GapDetector gaps;
    std::shared_ptr<Link> link;
    boost::asio::steady_timer timer;  // the end of connecting; resting
    boost::asio::steady_timer look;
    TaskGroup tasks;

    mutable std::mutex mutex;
    bool alive = false;                                                    // guarded by mutex
    std::vector<std::pair<std::string, cache::StoreListener*>> listeners;  // guarded by mutex
};

Task<void> CacheFeed::State::run() {
    const auto self = shared_from_this();
    if (plan.phase() == Phase::kIdle) plan.start();
    while (plan.phase() != Phase::kStopped) {
        link = std::make_shared<Link>(executor);
        const auto mine = link;
        timer.expires_after(kConnectMax);
        timer.async_wait([mine](const boost::system::error_code& ec) {
            if (!ec) mine->close("no answer in time");
        });
        auto served = co_await serve(mine);
        timer.cancel();
        gaps.lost();
        set_alive(false);
        if (plan.phase() == Phase::kStopped) co_return;
        const bool is_news = plan.last_failure() != served.error().detail;
        if (is_news) log.warn("cache_feed", "no connection", {{"why", served.error().detail}});
        plan.lost(clock.now(), served.error().detail);
        if (plan.phase() != Phase::kResting) continue;
        timer.expires_after(std::max(plan.rest_until() - clock.now(), BootClock::duration{0}));
        co_await timer.async_wait(kAwait);
        plan.rested();
    }
}

// Ends only with an error.
Task<Result<Done>> CacheFeed::State::serve(std::shared_ptr<Link> mine) {
    auto connected = co_await mine->connect(endpoint);
    if (!connected.ok()) co_return connected.error();
    plan.connected();
    auto greeted = co_await mine->greet(endpoint);
    if (!greeted.ok()) co_return greeted.error();
    plan.greeted(clock.now());
    mine->write(format_command({"SUBSCRIBE", channel}), [mine](bool good) {
        if (!good) mine->close("it broke while writing");
    });
    for (;;) {
        auto reply = co_await mine->read();
        if (!reply.ok()) co_return reply.error();
        if (plan.phase() == Phase::kStopped) co_return fail(Code::kStopped);
        if (reply->kind == Reply::Kind::kError) co_return fail(Code::kUnavailable, "subscribing: " + reply->text);
        take(*reply);
    }
}

void CacheFeed::State::take(const Reply& reply) {
    if (reply.items.size() != 3) return;
    const std::string& kind = reply.items[0].text;
    const Instant now = clock.now();
    if (kind == "subscribe") {
        timer.cancel();  // until here it is connecting
        (void)gaps.subscribed(now);
        missed("subscribed");
        return;  // alive with the first number
    }
    const auto message = kind == "message" ? parse_feed(reply.items[2].text) : std::nullopt;
    if (!message) return;
    const auto verdict =
        message->key ? gaps.message(message->number, now) : gaps.heartbeat(message->number, now);
    if (verdict == cache::GapDetector::Verdict::kMissed) missed("a gap");
    if (message->key) tell(*message);
    set_alive(true);
}

void CacheFeed::State::tell(const FeedMessage& message) {
    const std::lock_guard lock(mutex);
    for (auto& [prefix, listener] : listeners) {
        if (message.key->starts_with(prefix)) listener->invalidated(*message.key);
    }
}

void CacheFeed::State::missed(std::string_view why) {
    log.info("cache_feed", "first levels are emptied", {{"why", std::string(why)}});
    const std::lock_guard lock(mutex);
    for (auto& [prefix, listener] : listeners) listener->missed();
}

void CacheFeed::State::set_alive(bool is_alive) {
    const std::lock_guard lock(mutex);
    if (std::exchange(alive, is_alive) == is_alive) return;
    for (auto& [prefix, listener] : listeners) listener->feed_alive(is_alive);
}

Task<void> CacheFeed::State::watch() {
    const auto self = shared_from_this();
    while (plan.phase() != Phase::kStopped) {
        look.expires_after(kLook);
        co_await look.async_wait(kAwait);
        const auto silent_at = gaps.silent_at();
        if (!silent_at || clock.now() < *silent_at) continue;
        set_alive(false);
        if (link && clock.now() >= *silent_at + kGivenUpAfter) link->close("silent for too long");
    }
}

void CacheFeed::State::shut() {
    plan.stop();
    if (link) std::exchange(link, nullptr)->close("stopped");
    timer.cancel();
    look.cancel();
}

CacheFeed::CacheFeed(
    Executor executor, const Clock& clock, Log& log, RedisEndpoint endpoint, std::string channel
)
    : state_(std::make_shared<State>(
          std::move(executor), clock, log, std::move(endpoint), std::move(channel)
      )) {
    state_->tasks.spawn(state_->run());
    state_->tasks.spawn(state_->watch());
}

CacheFeed::~CacheFeed() { state_->shut(); }

void CacheFeed::listen(std::string prefix, cache::StoreListener& listener) {
    const std::lock_guard lock(state_->mutex);
    state_->listeners.emplace_back(std::move(prefix), &listener);
    listener.feed_alive(state_->alive);
}

void CacheFeed::unlisten(cache::StoreListener& listener) {
    const std::lock_guard lock(state_->mutex);
    std::erase_if(state_->listeners, [&](const auto& entry) { return entry.second == &listener; });
}

Task<void> CacheFeed::stop() {
    const auto state = state_;
    state->shut();
    co_await state->tasks.join();
}

bool CacheFeed::alive() const {
    const std::lock_guard lock(state_->mutex);
    return state_->alive;
}

}  // namespace sluice
