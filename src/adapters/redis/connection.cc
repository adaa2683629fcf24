#include "adapters/redis/connection.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/redis/call_queue.h"
#include "adapters/redis/connection_link.h"
#include "adapters/redis/connection_plan.h"
#include "async/task_group.h"

namespace sluice {
namespace {

constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable_t<>{});
using Phase = ConnectionPlan::Phase;

}  // namespace

struct RedisConnection::State : std::enable_shared_from_this<RedisConnection::State> {
    State(Executor e, const Clock& c, Log& l, RedisEndpoint to, RedisLimits bounds)
        : endpoint(std::move(to)),
          limits(bounds),
          clock(c),
          log(l),
          executor(e),
          call_timer(e),
          phase_timer(e),
          tasks(e) {}

    Task<void> run();
    Task<void> connect();
    Task<void> greet();
    Task<void> serve();
    Task<void> rest();
    void lose(const Error& why);
    void shut();

    void add(std::string command, CallKind kind, Deadline deadline, CallQueue::Answer answer);
    void flush();
    void watch(Instant at);
    void look_at_calls();
    void limit_phase();

    const RedisEndpoint endpoint;
    const RedisLimits limits;
    const Clock& clock;
    Log& log;
    const Executor executor;

    ConnectionPlan plan;
    CallQueue calls;
    std::shared_ptr<Link> link;  // nullptr while there is none
    bool writing = false;        // the link has bytes to write
    Instant last_reply;
    Instant watched = Instant::max();  // when call_timer looks at the calls
    boost::asio::steady_timer call_timer;
    boost::asio::steady_timer phase_timer;  // the end of connecting, greeting, resting
    RedisConnectionStats stats;
    TaskGroup tasks;  // run()
};

Task<void> RedisConnection::State::run() {
    const auto self = shared_from_this();
    for (;;) {
        switch (plan.phase()) {
            case Phase::kIdle:
                plan.start();
                break;
            case Phase::kConnecting:
                co_await connect();
                break;
            case Phase::kGreeting:
                co_await greet();
                break;
            case Phase::kServing:
                co_await serve();
                break;
            case Phase::kResting:
                co_await rest();
                break;
            case Phase::kStopped:
                co_return;
        }
    }
}

// Closes the link, and with it what waits on the link, when the phase takes too long.
void RedisConnection::State::limit_phase() {
    phase_timer.expires_after(limits.connect_max);
    phase_timer.async_wait([limited = link](const boost::system::error_code& ec) {
        if (!ec) limited->close("no answer in time");
    });
}

Task<void> RedisConnection::State::connect() {
    link = std::make_shared<Link>(executor);
    const auto mine = link;
    limit_phase();
    auto connected = co_await mine->connect(endpoint);
    phase_timer.cancel();
    if (connected.ok()) {
        plan.connected();
    } else {
        lose(connected.error());
    }
}

Task<void> RedisConnection::State::greet() {
    const auto mine = link;
    limit_phase();
    auto greeted = co_await mine->greet(endpoint);
    phase_timer.cancel();
    if (!greeted.ok()) co_return lose(greeted.error());
    plan.greeted(clock.now());
    if (plan.phase() != Phase::kServing) co_return;
    ++stats.greetings;
    log.info("redis", "connected", {{"port", std::to_string(endpoint.port)}});
}

Task<void> RedisConnection::State::serve() {
    const auto mine = link;
    last_reply = clock.now();
    flush();
    for (;;) {
        auto reply = co_await mine->read();
        if (!reply.ok()) co_return lose(reply.error());
        last_reply = clock.now();
        if (!calls.reply(std::move(*reply))) {
            co_return lose(fail(Code::kUnavailable, "redis: a reply that nobody asked for"));
        }
    }
}

Task<void> RedisConnection::State::rest() {
    phase_timer.expires_after(std::max(plan.rest_until() - clock.now(), BootClock::duration{0}));
    co_await phase_timer.async_wait(kAwait);
    plan.rested();
}

void RedisConnection::State::lose(const Error& why) {
    if (plan.phase() == Phase::kStopped) return;
    const bool served = plan.phase() == Phase::kServing;
    if (link) std::exchange(link, nullptr)->close("given up");
    writing = false;
    const bool is_news = plan.last_failure() != why.detail;
    plan.lost(clock.now(), why.detail);
    calls.end_written(why.detail);
    if (!plan.takes_calls()) calls.end_waiting(why.detail);
    if (served) ++stats.losses;
    if (served || is_news) log.warn("redis", "no connection", {{"why", why.detail}});
}

void RedisConnection::State::shut() {
    plan.stop();
    if (link) std::exchange(link, nullptr)->close("stopped");
    call_timer.cancel();
    phase_timer.cancel();
    calls.end_written("stopped");
    calls.end_waiting("stopped");
}

void RedisConnection::State::add(
    std::string command, CallKind kind, Deadline deadline, CallQueue::Answer answer
) {
    if (deadline.passed(clock.now())) {
        return answer(fail(Code::kUnavailable, "redis: not sent before the deadline"));
    }
    if (!plan.takes_calls() && plan.phase() != Phase::kIdle) {
        const auto& why = plan.last_failure();
        return answer(fail(Code::kUnavailable, why.empty() ? "redis: stopped" : why));
    }
    if (calls.size() >= limits.calls_max) {
        return answer(fail(Code::kOverloaded, "redis: too many calls without a reply"));
    }
    calls.add(std::move(command), kind, deadline, std::move(answer));
    flush();
    watch(std::min(deadline.at, clock.now() + limits.silence_max));
}

// While one write is under way, further calls gather for the next.
void RedisConnection::State::flush() {
    if (writing || plan.phase() != Phase::kServing || !calls.has_waiting()) return;
    writing = true;
    auto written = [self = shared_from_this(), mine = link](bool good) {
        if (self->link != mine) return;  // lost meanwhile
        self->writing = false;
        if (good) return self->flush();
        mine->close("it broke while writing"
        );  // serve() sees it, after the replies that came before
    };
    link->write(calls.take_waiting(clock.now()), std::move(written));
}

// Looks at the calls then, or earlier.
void RedisConnection::State::watch(Instant at) {
    if (at >= watched) return;
    watched = at;
    call_timer.expires_after(std::max(at - clock.now(), BootClock::duration{0}));
    call_timer.async_wait([self = shared_from_this()](const boost::system::error_code& ec) {
        if (!ec) self->look_at_calls();
    });
}

// Ends the calls whose deadline has passed, and a connection that does not answer any more.
void RedisConnection::State::look_at_calls() {
    const Instant now = clock.now();
    watched = Instant::max();
    calls.expire(now);
    if (calls.size() == 0) return;
    const auto oldest = calls.oldest_written();
    Instant overdue_at = std::max(oldest.value_or(now), last_reply) + limits.silence_max;
    if (overdue_at <= now) {
        if (link) link->close("no reply for too long");
        overdue_at = now + limits.silence_max;
    }
    watch(std::min(calls.next_deadline(), overdue_at));
}

RedisConnection::RedisConnection(
    Executor executor, const Clock& clock, Log& log, RedisEndpoint endpoint, RedisLimits limits
)
    : state_(std::make_shared<State>(std::move(executor), clock, log, std::move(endpoint), limits)
      ) {
    state_->tasks.spawn(state_->run());
}

RedisConnection::~RedisConnection() { state_->shut(); }

Task<Result<Reply>> RedisConnection::call(std::string command, CallKind kind, Deadline deadline) {
    auto start = [state = state_, command = std::move(command), kind,
                  deadline](CallQueue::Answer answer) mutable {
        state->add(std::move(command), kind, deadline, std::move(answer));
    };
    return suspend<Result<Reply>>(std::move(start));
}

Task<void> RedisConnection::stop() {
    const auto state = state_;
    state->shut();
    co_await state->tasks.join();
}

RedisConnectionStats RedisConnection::stats() const {
    RedisConnectionStats stats = state_->stats;
    stats.serving = state_->plan.phase() == Phase::kServing;
    stats.calls = state_->calls.size();
    stats.late_replies = state_->calls.late_replies();
    return stats;
}

}  // namespace sluice
