#include "adapters/rabbitmq/consumer.h"

#include <algorithm>
#include <utility>

#include "adapters/rabbitmq/amqp_stream.h"
#include "adapters/rabbitmq/topology.h"

namespace sluice {

ConsumerLine::ConsumerLine(
    const RabbitOptions& options, Partition partition, Clock& clock, Log& log
)
    : options_(options),
      partition_(partition),
      clock_(clock),
      log_(log),
      thread_(std::make_unique<ThreadLane>("rabbit-take-" + RabbitNames::key(partition))) {}

ConsumerLine::~ConsumerLine() { join(); }

void ConsumerLine::join() {
    stop();
    thread_.reset();
}

Task<Result<Done>> ConsumerLine::start(Deadline deadline) {
    auto begin = [this, deadline](Resume<Result<Done>> started) {
        auto answer = std::make_shared<Resume<Result<Done>>>(std::move(started));
        thread_->post([this, deadline, answer] { run(deadline, std::move(*answer)); });
    };
    return suspend<Result<Done>>(std::move(begin));
}

Task<ConsumerLine::Taken> ConsumerLine::take(std::size_t orders_max, Deadline deadline) {
    auto begin = [this, orders_max, deadline](Resume<Taken> answer) {
        std::unique_lock lock(mutex_);
        if (closed_) {
            lock.unlock();
            answer(fail(Code::kQueueUnavailable, "the consumer has ended"));
            return;
        }
        SLUICE_CHECK(!arrived_taker_);  // a consumer belongs to one coroutine
        arrived_taker_.emplace(Taker{orders_max, deadline, std::move(answer)});
        lock.unlock();
        waker_.wake();
    };
    return suspend<Taken>(std::move(begin));
}

Task<Result<Done>> ConsumerLine::ack(AckToken through) {
    auto begin = [this, through](Resume<Result<Done>> answer) {
        std::unique_lock lock(mutex_);
        if (closed_) {
            lock.unlock();
            answer(fail(Code::kQueueUnavailable, "the consumer has ended"));
            return;
        }
        arrived_ackers_.push_back({through, std::move(answer)});
        lock.unlock();
        waker_.wake();
    };
    return suspend<Result<Done>>(std::move(begin));
}

void ConsumerLine::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    waker_.wake();
}

std::optional<WallTime> ConsumerLine::oldest() const {
    const auto ms = oldest_ms_.load();
    if (ms == 0) return std::nullopt;
    return wall_from_ms(ms);
}

void ConsumerLine::run(Deadline deadline, Resume<Result<Done>> started) {
    auto connected = connect(deadline);
    const bool ok = connected.ok();
    if (ok) {
        started(Done{});
        while (stream_ != nullptr) work();
    }
    finish();
    if (!ok) started(std::move(connected));
}

Result<Done> ConsumerLine::connect(Deadline deadline) {
    auto endpoint = options_.endpoint;
    const auto left = std::chrono::floor<Millis>(deadline.at - clock_.now());
    if (left <= Millis{0}) return fail(Code::kTimeout, "the deadline passed");
    endpoint.reply_timeout = std::min(endpoint.reply_timeout, left);
    const auto queue = RabbitNames(options_.prefix).orders(partition_);
    auto link = AmqpLink::connect(endpoint, queue + " consumer");
    if (!link.ok()) return link.error();
    auto consuming = (*link)->consume(queue, options_.prefetch_messages, false);
    if (!consuming.ok()) return consuming;
    stream_ = std::make_unique<AmqpStream>(std::move(*link), clock_);
    return Done{};
}

void ConsumerLine::work() {
    read_events();
    if (stream_ == nullptr) return;
    const bool last_time =
        stopping();  // before the requests, so that those made before stop() are met
    take_requests();
    answer_ackers();
    answer_taker();
    const auto pumped = stream_->pump();
    if (!pumped.ok()) return end(to_string(pumped.error()));
    if (last_time) {
        why_ended_ = "the consumer was closed";
        stream_->close();
        stream_.reset();
        return;
    }
    stream_->wait(waker_, taker_ ? taker_->deadline.at : Instant::max());
}

bool ConsumerLine::stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void ConsumerLine::take_requests() {
    const std::lock_guard lock(mutex_);
    if (arrived_taker_) taker_ = std::exchange(arrived_taker_, std::nullopt);
    for (auto& acker : arrived_ackers_) ackers_.push_back(std::move(acker));
    arrived_ackers_.clear();
}

void ConsumerLine::read_events() {
    while (stream_ != nullptr) {
        auto event = stream_->next();
        if (!event.ok()) return end(to_string(event.error()));
        if (!event->has_value()) return;
        if (const auto* ended = std::get_if<Ended>(&**event)) {
            (void)stream_->pump();  // the goodbye is good manners only
            return end(ended->why);
        }
        if (auto* delivered = std::get_if<Delivered>(&**event)) on(*delivered);
    }
}

void ConsumerLine::on(Delivered& delivered) {
    if (delivered.tag <= received_) return end("delivery tags that do not grow");
    received_ = delivered.tag;
    if (delivered.at) times_.emplace_back(delivered.tag, *delivered.at);
    line_.push(delivered.tag, decode_work(std::move(delivered.body)));
    show_held();
}

void ConsumerLine::answer_ackers() {
    for (auto& acker : std::exchange(ackers_, {})) {
        line_.acked(acker.through);
        if (acker.through.through > acked_) {
            acked_ = acker.through.through;
            stream_->ack(acked_);
        }
        while (!times_.empty() && times_.front().first <= acked_) times_.pop_front();
        show_held();
        acker.answer(Done{});
    }
}

void ConsumerLine::answer_taker() {
    if (!taker_) return;
    if (line_.may_deliver()) {
        auto taker = *std::exchange(taker_, std::nullopt);
        taker.answer(std::optional<Delivery>(line_.deliver(taker.orders_max)));
    } else if (taker_->deadline.passed(clock_.now())) {
        auto taker = *std::exchange(taker_, std::nullopt);
        taker.answer(std::optional<Delivery>());
    }
}

void ConsumerLine::show_held() {
    held_.store(received_ - acked_);
    oldest_ms_.store(times_.empty() ? 0 : to_ms(times_.front().second));
}

// By the broker or the network, not by us.
void ConsumerLine::end(std::string why) {
    log_.warn(
        "rabbitmq", "consumer lost its connection",
        {{"partition", RabbitNames::key(partition_)}, {"why", why}}
    );
    why_ended_ = std::move(why);
    stream_.reset();
}

// What was delivered and not acked is the broker's again.
void ConsumerLine::finish() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    take_requests();
    held_.store(0);
    oldest_ms_.store(0);
    const auto error = fail(Code::kQueueUnavailable, why_ended_);
    if (auto taker = std::exchange(taker_, std::nullopt)) taker->answer(error);
    for (auto& acker : std::exchange(ackers_, {})) acker.answer(error);
    ended_.store(true);
}

}  // namespace sluice
