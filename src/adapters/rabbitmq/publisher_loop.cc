#include "adapters/rabbitmq/publisher_loop.h"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

constexpr auto kComponent = "rabbitmq";

Result<Done> answer_of(const Settled& settled) {
    switch (settled.fate) {
        case Fate::kConfirmed:
            return Done{};
        case Fate::kReturned:
            return fail(Code::kNotPublished, "no queue took it: " + settled.why);
        case Fate::kRefused:
            return fail(Code::kNotPublished, "the queue is full or cannot store it");
        case Fate::kNotSent:
            return fail(Code::kQueueUnavailable, settled.why);
        case Fate::kUnknown:
            return fail(Code::kOutcomeUnknown, settled.why);
    }
    return fail(Code::kOutcomeUnknown, settled.why);
}

}  // namespace

Publisher::Loop::Loop(RabbitOptions options, std::unique_ptr<AmqpLink> link, Clock& clock, Log& log)
    : options_(std::move(options)),
      clock_(clock),
      log_(log),
      stream_(std::make_unique<AmqpStream>(std::move(link), clock)) {
    reconnect_.connected(clock_.now());
}

std::optional<Error> Publisher::Loop::refusal(const PublishRequest& request) const {
    if (stopping_) return fail(Code::kQueueUnavailable, "shutting down");
    if (refusing_) return fail(Code::kQueueUnavailable, *refusing_);
    const bool full = waiting_count_ >= kPublishesWaitingMax ||
                      waiting_bytes_ + request.body.size() > kPublishBytesWaitingMax;
    if (full) return fail(Code::kQueueUnavailable, "too many publishes are waiting");
    return std::nullopt;
}

void Publisher::Loop::submit(PublishRequest request, Answer answer) {
    std::unique_lock lock(mutex_);
    auto refused = refusal(request);
    if (refused) {
        lock.unlock();
        answer(std::move(*refused));
        return;
    }
    ++waiting_count_;
    waiting_bytes_ += request.body.size();
    arrivals_.push_back({std::move(request), std::move(answer)});
    lock.unlock();
    waker_.wake();
}

void Publisher::Loop::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    waker_.wake();
}

bool Publisher::Loop::stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void Publisher::Loop::set_refusing(std::optional<std::string> why) {
    const std::lock_guard lock(mutex_);
    refusing_ = std::move(why);
    known_down_.store(refusing_.has_value(), std::memory_order_relaxed);
}

void Publisher::Loop::take_arrivals() {
    std::vector<Waiting> arrivals;
    {
        const std::lock_guard lock(mutex_);
        arrivals.swap(arrivals_);
    }
    for (auto& arrival : arrivals) waiting_.push_back(std::move(arrival));
}

void Publisher::Loop::run() {
    while (!stopping()) {
        const auto now = clock_.now();
        if (stream_ != nullptr) {
            work();
        } else if (reconnect_.may_try(now)) {
            try_connect();
        } else {
            waker_.wait(reconnect_.next_try() - now);
        }
    }
    finish();
}

void Publisher::Loop::try_connect() {
    auto link = open_publisher_link(options_);
    if (!link.ok()) {
        const auto why = to_string(link.error());
        if (std::exchange(why_down_, why) != why) {
            log_.error(kComponent, "cannot connect the publisher", {{"why", why}});
        }
        reconnect_.failed(clock_.now());
        set_refusing(why);
        return;
    }
    stream_ = std::make_unique<AmqpStream>(std::move(*link), clock_);
    reconnect_.connected(clock_.now());
    why_down_.clear();
    log_.info(kComponent, "publisher connected", {});
    set_refusing(std::nullopt);
}

void Publisher::Loop::work() {
    take_arrivals();
    const auto now = clock_.now();
    drop_late(now);
    write_waiting(now);
    const auto pumped = stream_->pump();
    if (!pumped.ok()) return lose(to_string(pumped.error()));
    if (!read_events()) return;
    if (silent_since_ && stream_->last_heard() > *silent_since_) {
        silent_since_.reset();
        if (!blocked_) set_refusing(std::nullopt);
    }
    stream_->wait(waker_, wake_at());
}

void Publisher::Loop::drop_late(Instant now) {
    settle(book_.expire(now));
    if (waiting_.empty()) return;
    std::deque<Waiting> in_time;
    for (auto& waiting : waiting_) {
        if (!waiting.request.deadline.passed(now)) {
            in_time.push_back(std::move(waiting));
            continue;
        }
        {
            const std::lock_guard lock(mutex_);
            --waiting_count_;
            waiting_bytes_ -= waiting.request.body.size();
        }
        waiting.answer(fail(Code::kNotPublished, "the deadline passed before it was sent"));
    }
    waiting_.swap(in_time);
}

void Publisher::Loop::write_waiting(Instant now) {
    if (blocked_ || silent_since_) return refuse_waiting("the broker takes nothing now");
    while (!waiting_.empty() && book_.outstanding() < kUnconfirmedMax &&
           stream_->unwritten() < kUnwrittenBytesMax) {
        auto next = std::move(waiting_.front());
        waiting_.pop_front();
        {
            const std::lock_guard lock(mutex_);
            --waiting_count_;
            waiting_bytes_ -= next.request.body.size();
        }
        write(std::move(next), now);
    }
}

void Publisher::Loop::write(Waiting waiting, Instant now) {
    const auto& request = waiting.request;
    Outgoing message;
    message.exchange = request.exchange;
    message.routing_key = request.routing_key;
    message.type = request.type;
    message.body = request.body;
    message.tag = book_.next_tag();
    message.at = clock_.wall();
    const auto ends_at = stream_->publish(message);
    const auto until = std::min(request.deadline.at, now + options_.confirm_deadline);
    const auto tag = book_.sent(ends_at, until);
    in_flight_.emplace(tag, InFlight{std::move(waiting.answer), now, request.routing_key});
}

// False: the connection ended meanwhile.
bool Publisher::Loop::read_events() {
    for (;;) {
        auto event = stream_->next();
        if (!event.ok()) {
            lose(to_string(event.error()));
            return false;
        }
        if (!event->has_value()) return true;
        if (const auto* ended = std::get_if<Ended>(&**event)) {
            (void)stream_->pump();  // the goodbye is good manners only
            lose(ended->why);
            return false;
        }
        if (const auto* confirmed = std::get_if<Confirmed>(&**event)) on(*confirmed);
        if (auto* returned = std::get_if<Returned>(&**event)) on(*returned);
        if (const auto* blocked = std::get_if<Blocked>(&**event)) on(*blocked);
        if (const auto* unblocked = std::get_if<Unblocked>(&**event)) on(*unblocked);
    }
}

void Publisher::Loop::on(const Confirmed& confirmed) {
    settle(
        confirmed.stored ? book_.acked(confirmed.tag, confirmed.multiple)
                         : book_.refused(confirmed.tag, confirmed.multiple)
    );
}

void Publisher::Loop::on(Returned& returned) {
    book_.returned(returned.tag, std::move(returned.why));
}

void Publisher::Loop::on(const Blocked& blocked) {
    blocked_ = true;
    log_.warn(kComponent, "the broker takes no publishes", {{"why", blocked.why}});
    set_refusing("the broker takes no publishes: " + blocked.why);
    refuse_waiting("the broker takes no publishes: " + blocked.why);
}

void Publisher::Loop::on(const Unblocked&) {
    blocked_ = false;
    log_.info(kComponent, "the broker takes publishes again", {});
    if (!silent_since_) set_refusing(std::nullopt);
}

void Publisher::Loop::settle(ConfirmBook::Settlements settlements) {
    for (const auto& settled : settlements) {
        auto node = in_flight_.extract(settled.tag);
        SLUICE_CHECK(!node.empty());
        if (settled.fate == Fate::kUnknown && stream_ != nullptr) notice_silence(node.mapped());
        const bool returned = settled.fate == Fate::kReturned;
        if (returned || settled.fate == Fate::kConfirmed) notice_route(node.mapped(), returned);
        node.mapped().answer(answer_of(settled));
    }
}

// Told when it begins and when it ends.
void Publisher::Loop::notice_route(const InFlight& message, bool returned) {
    const auto& key = message.routing_key;
    if (returned && unrouted_.insert(key).second) {
        log_.warn(kComponent, "messages are returned: no queue takes them", {{"routing_key", key}});
    } else if (!returned && !unrouted_.empty() && unrouted_.erase(key) > 0) {
        log_.info(kComponent, "messages reach their queue again", {{"routing_key", key}});
    }
}

// Whoever was given up without a single byte from the broker since it was sent is the last one to
// be left in doubt: later ones are refused until the broker says something.
void Publisher::Loop::notice_silence(const InFlight& given_up) {
    if (silent_since_ || stream_->last_heard() > given_up.sent_at) return;
    silent_since_ = stream_->last_heard();
    log_.warn(kComponent, "the broker does not answer publishes", {});
    set_refusing("the broker does not answer");
}

void Publisher::Loop::lose(const std::string& why) {
    log_.warn(kComponent, "publisher lost its connection", {{"why", why}});
    const auto written = stream_->written();
    stream_.reset();
    blocked_ = false;
    silent_since_.reset();
    reconnect_.failed(clock_.now());
    set_refusing(why);
    settle(book_.lost(written));
    book_ = ConfirmBook();
    refuse_waiting(why);
}

void Publisher::Loop::refuse_waiting(const std::string& why) {
    take_arrivals();
    for (auto& waiting : waiting_) {
        waiting.answer(fail(Code::kQueueUnavailable, why));
    }
    waiting_.clear();
    const std::lock_guard lock(mutex_);
    waiting_count_ = arrivals_.size();
    waiting_bytes_ = 0;
    for (const auto& arrival : arrivals_) waiting_bytes_ += arrival.request.body.size();
}

Instant Publisher::Loop::wake_at() const {
    auto at = book_.next_deadline().value_or(Instant::max());
    for (const auto& waiting : waiting_) at = std::min(at, waiting.request.deadline.at);
    return at;
}

void Publisher::Loop::finish() {
    refuse_waiting("shutting down");
    if (stream_ == nullptr) return;
    stream_->close();
    const auto written = stream_->written();
    stream_.reset();
    settle(book_.lost(written));
}

}  // namespace sluice
