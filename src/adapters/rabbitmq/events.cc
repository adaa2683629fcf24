#include "adapters/rabbitmq/events.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "adapters/rabbitmq/amqp_stream.h"
#include "adapters/rabbitmq/outcome_codec.h"
#include "adapters/rabbitmq/reconnect.h"
#include "adapters/rabbitmq/topology.h"

namespace sluice {
namespace {

struct Subscriber {
    void hear(const OutcomeEvent& event) {
        const std::lock_guard lock(mutex);
        if (subscribed) listener(event);
    }
    void stop() {
        const std::lock_guard lock(mutex);
        subscribed = false;
    }

    std::recursive_mutex mutex;  // a listener may destroy its own handle
    bool subscribed = true;      // guarded by mutex
    Events::Listener listener;   // guarded by mutex
};

}  // namespace

class RabbitEvents::Loop {
public:
    Loop(RabbitEndpoint endpoint, std::string exchange, Clock& clock, Log& log)
        : endpoint_(std::move(endpoint)),
          exchange_(std::move(exchange)),
          clock_(clock),
          log_(log) {}

    void submit(const OutcomeEvent& event);
    void stop();
    void run();
    void join(std::shared_ptr<Subscriber> subscriber);
    void leave(const std::shared_ptr<Subscriber>& subscriber);
    bool connected() const { return connected_.load(); }
    std::uint64_t dropped() const { return dropped_.load(); }

private:
    bool stopping();
    std::vector<std::string> take_waiting();
    void try_connect();
    Result<std::unique_ptr<AmqpLink>> set_up() const;
    void work();
    void write(const std::vector<std::string>& bodies);
    bool read_events();
    void hear(const std::string& body);
    void lose(const std::string& why);

    const RabbitEndpoint endpoint_;
    const std::string exchange_;
    Clock& clock_;
    Log& log_;
    Waker waker_;
    std::atomic<bool> connected_{false};
    std::atomic<std::uint64_t> dropped_{0};

    std::mutex mutex_;
    bool stopping_ = false;                                 // guarded by mutex_
    std::vector<std::string> waiting_;                      // guarded by mutex_
    std::vector<std::shared_ptr<Subscriber>> subscribers_;  // guarded by mutex_

    // On the thread:
    Reconnect reconnect_;
    std::unique_ptr<AmqpStream> stream_;  // nullptr while down
    bool blocked_ = false;                // by an alarm of the broker
};

void RabbitEvents::Loop::submit(const OutcomeEvent& event) {
    {
        const std::lock_guard lock(mutex_);
        if (!connected_ || waiting_.size() >= kEventsWaitingMax) {
            ++dropped_;
            return;
        }
        waiting_.push_back(encode(event));
    }
    waker_.wake();
}

void RabbitEvents::Loop::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    waker_.wake();
}

bool RabbitEvents::Loop::stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

std::vector<std::string> RabbitEvents::Loop::take_waiting() {
    const std::lock_guard lock(mutex_);
    return std::exchange(waiting_, {});
}

void RabbitEvents::Loop::join(std::shared_ptr<Subscriber> subscriber) {
    const std::lock_guard lock(mutex_);
    subscribers_.push_back(std::move(subscriber));
}

void RabbitEvents::Loop::leave(const std::shared_ptr<Subscriber>& subscriber) {
    subscriber->stop();
    const std::lock_guard lock(mutex_);
    std::erase(subscribers_, subscriber);
}

void RabbitEvents::Loop::run() {
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
    connected_ = false;
    if (stream_ != nullptr) stream_->close();
    stream_.reset();
}

Result<std::unique_ptr<AmqpLink>> RabbitEvents::Loop::set_up() const {
    auto link = AmqpLink::connect(endpoint_, exchange_);
    if (!link.ok()) return link;
    auto declared = (*link)->declare(ExchangeSpec{exchange_, "fanout"});
    if (!declared.ok()) return declared.error();
    auto queue = (*link)->declare_private_queue();
    if (!queue.ok()) return queue.error();
    auto bound = (*link)->bind(BindingSpec{*queue, exchange_, ""});
    if (!bound.ok()) return bound.error();
    auto consuming = (*link)->consume(*queue, 0, true);
    if (!consuming.ok()) return consuming.error();
    return link;
}

void RabbitEvents::Loop::try_connect() {
    auto link = set_up();
    if (!link.ok()) {
        if (reconnect_.failures() <= 1) {
            log_.warn("rabbitmq", "no outcome events", {{"why", to_string(link.error())}});
        }
        reconnect_.failed(clock_.now());
        return;
    }
    stream_ = std::make_unique<AmqpStream>(std::move(*link), clock_);
    reconnect_.connected(clock_.now());
    connected_ = true;
}

void RabbitEvents::Loop::work() {
    write(take_waiting());
    const auto pumped = stream_->pump();
    if (!pumped.ok()) return lose(to_string(pumped.error()));
    if (!read_events()) return;
    stream_->wait(waker_, Instant::max());
}

void RabbitEvents::Loop::write(const std::vector<std::string>& bodies) {
    for (const auto& body : bodies) {
        if (blocked_ || stream_->unwritten() >= kEventBytesUnwrittenMax) {
            ++dropped_;
            continue;
        }
        Outgoing message;
        message.exchange = exchange_;
        message.type = "outcomes";
        message.body = body;
        message.durable = false;
        message.at = clock_.wall();
        stream_->publish(message);
    }
}

// False: the connection ended meanwhile.
bool RabbitEvents::Loop::read_events() {
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
        if (const auto* delivered = std::get_if<Delivered>(&**event)) hear(delivered->body);
        if (std::holds_alternative<Blocked>(**event)) blocked_ = true;
        if (std::holds_alternative<Unblocked>(**event)) blocked_ = false;
    }
}

void RabbitEvents::Loop::hear(const std::string& body) {
    const auto event = decode_outcome(body);
    if (!event.ok()) {
        log_.warn("rabbitmq", "foreign outcome event", {{"why", to_string(event.error())}});
        return;
    }
    std::unique_lock lock(mutex_);
    const auto subscribers = subscribers_;
    lock.unlock();
    for (const auto& subscriber : subscribers) subscriber->hear(*event);
}

void RabbitEvents::Loop::lose(const std::string& why) {
    log_.warn("rabbitmq", "outcome events lost their connection", {{"why", why}});
    connected_ = false;
    stream_.reset();
    blocked_ = false;
    reconnect_.failed(clock_.now());
    dropped_ += take_waiting().size();
}

RabbitEvents::RabbitEvents(
    RabbitEndpoint endpoint, const std::string& prefix, Clock& clock, Log& log
)
    : loop_(std::make_shared<Loop>(std::move(endpoint), RabbitNames(prefix).events(), clock, log)) {
    thread_.post([loop = loop_] { loop->run(); });
}

RabbitEvents::~RabbitEvents() { loop_->stop(); }

void RabbitEvents::publish(OutcomeEvent event) { loop_->submit(event); }

std::shared_ptr<void> RabbitEvents::subscribe(Listener listener) {
    auto subscriber = std::make_shared<Subscriber>();
    subscriber->listener = std::move(listener);
    loop_->join(subscriber);
    auto* raw = subscriber.get();
    auto leave = [loop = loop_, subscriber = std::move(subscriber)](void*) {
        loop->leave(subscriber);
    };
    return {raw, std::move(leave)};
}

bool RabbitEvents::connected() const { return loop_->connected(); }

std::uint64_t RabbitEvents::dropped() const { return loop_->dropped(); }

}  // namespace sluice
