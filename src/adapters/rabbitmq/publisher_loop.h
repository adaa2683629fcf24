#pragma once
// Publisher::Loop: what the publisher's thread does. Included by publisher*.cc only.

#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/rabbitmq/amqp_stream.h"
#include "adapters/rabbitmq/confirm_book.h"
#include "adapters/rabbitmq/publisher.h"
#include "adapters/rabbitmq/reconnect.h"
#include "adapters/rabbitmq/waker.h"

namespace sluice {

class Publisher::Loop {
public:
    using Answer = Resume<Result<Done>>;

    Loop(RabbitOptions options, std::unique_ptr<AmqpLink> link, Clock& clock, Log& log);

    Clock& clock() { return clock_; }
    void submit(PublishRequest request, Answer answer);  // thread-safe
    void stop();                                         // thread-safe
    bool known_down() const { return known_down_.load(std::memory_order_relaxed); }  // likewise
    void run();                                          // on the thread, until stop()

private:
    struct Waiting {
        PublishRequest request;
        Answer answer;
    };
    struct InFlight {
        Answer answer;
        Instant sent_at;
        std::string routing_key;
    };

    std::optional<Error> refusal(const PublishRequest& request) const;  // under mutex_
    void set_refusing(std::optional<std::string> why);
    bool stopping();
    void take_arrivals();

    void try_connect();
    void work();
    void drop_late(Instant now);
    void write_waiting(Instant now);
    void write(Waiting waiting, Instant now);
    bool read_events();
    void on(const Confirmed& confirmed);
    void on(Returned& returned);
    void on(const Blocked& blocked);
    void on(const Unblocked&);
    void settle(ConfirmBook::Settlements settlements);
    void notice_silence(const InFlight& given_up);
    void notice_route(const InFlight& message, bool returned);
    void lose(const std::string& why);
    void refuse_waiting(const std::string& why);
    Instant wake_at() const;
    void finish();

    const RabbitOptions options_;
    Clock& clock_;
    Log& log_;
    Waker waker_;

    std::mutex mutex_;
    std::vector<Waiting> arrivals_;  // guarded by mutex_
    std::size_t waiting_count_ = 0;  // guarded by mutex_: of arrivals_ and waiting_
    std::size_t waiting_bytes_ = 0;  // guarded by mutex_: likewise
    std::optional<std::string>
        refusing_;           // guarded by mutex_: why nothing is taken; nullopt: all is well
    bool stopping_ = false;  // guarded by mutex_
    std::atomic<bool> known_down_{false};  // refusing_ has a value; for whoever may not lock

    // On the thread:
    Reconnect reconnect_;
    std::string why_down_;                // why the last try failed: each reason is told once
    std::unique_ptr<AmqpStream> stream_;  // nullptr while down
    ConfirmBook book_;                    // of stream_
    std::deque<Waiting> waiting_;         // not handed to stream_ yet
    std::unordered_map<std::uint64_t, InFlight> in_flight_;  // by tag; exactly those of book_
    bool blocked_ = false;                                   // by an alarm of the broker
    std::set<std::string> unrouted_;       // routing keys that reach no queue
    std::optional<Instant> silent_since_;  // somebody was given up, and not a byte has come since
};

}  // namespace sluice
