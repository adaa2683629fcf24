#pragma once
// The consumer of one partition: a connection and a thread of its own, so that heartbeats go on
// while the application holds work for minutes, and so that closing it never makes anybody wait.
//
// ConsumerLine is the connection. It ends by stop(), or by itself when the broker ends it, and then
// stays ended: whoever consumed starts again with a new one and gets everything that is not acked,
// in order. It never cancels and never gives a message back (docs/protocol.md §7): it closes the
// channel.

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/rabbitmq/options.h"
#include "adapters/rabbitmq/waker.h"
#include "async/lane.h"
#include "async/suspend.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/order_queue.h"
#include "ports/work_line.h"

namespace sluice {

class AmqpStream;
struct Delivered;

class ConsumerLine {
public:
    using Taken = Result<std::optional<Delivery>>;

    ConsumerLine(const RabbitOptions& options, Partition partition, Clock& clock, Log& log);
    ~ConsumerLine();

    Task<Result<Done>> start(Deadline deadline);
    Task<Taken> take(std::size_t orders_max, Deadline deadline);
    Task<Result<Done>> ack(AckToken through);
    // Returns at once; the thread says goodbye and ends. Thread-safe.
    void stop();
    // stop(), and waits for the thread: afterwards nothing uses the clock and the log any more.
    void join();

    Partition partition() const { return partition_; }
    bool ended() const { return ended_.load(); }  // the thread has nothing more to do
    // Delivered to this process and not acked.
    std::uint64_t held() const { return held_.load(); }
    std::optional<WallTime> oldest() const;

private:
    struct Taker {
        std::size_t orders_max = 0;
        Deadline deadline;
        Resume<Taken> answer;
    };
    struct Acker {
        AckToken through;
        Resume<Result<Done>> answer;
    };

    void run(Deadline deadline, Resume<Result<Done>> started);
    Result<Done> connect(Deadline deadline);
    void work();
    bool stopping();
    void take_requests();
    void read_events();
    void on(Delivered& delivered);
    void answer_ackers();
    void answer_taker();
    void end(std::string why);
    void show_held();
    void finish();

    const RabbitOptions options_;
    const Partition partition_;
    Clock& clock_;
    Log& log_;
    Waker waker_;
    std::atomic<bool> ended_{false};
    std::atomic<std::uint64_t> held_{0};
    std::atomic<std::int64_t> oldest_ms_{0};  // 0: nothing held, or not known

    std::mutex mutex_;
    bool stopping_ = false;               // guarded by mutex_
    bool closed_ = false;                 // guarded by mutex_: requests are answered at once
    std::optional<Taker> arrived_taker_;  // guarded by mutex_
    std::vector<Acker> arrived_ackers_;   // guarded by mutex_

    // On the thread:
    std::unique_ptr<AmqpStream> stream_;  // nullptr once the connection ended
    std::string why_ended_;
    WorkLine line_;
    std::optional<Taker> taker_;
    std::vector<Acker> ackers_;
    std::uint64_t received_ = 0;                            // the last tag that came
    std::uint64_t acked_ = 0;                               // the last tag that was acked
    std::deque<std::pair<std::uint64_t, WallTime>> times_;  // of held messages that know their time

    std::unique_ptr<ThreadLane>
        thread_;  // last: ends before everything that it uses; nullptr: joined
};

class RabbitConsumer final : public Consumer {
public:
    explicit RabbitConsumer(std::shared_ptr<ConsumerLine> line) : line_(std::move(line)) {}
    ~RabbitConsumer() override { line_->stop(); }

    Task<Result<std::optional<Delivery>>> take(std::size_t orders_max, Deadline deadline) override {
        return line_->take(orders_max, deadline);
    }
    // ok: on its way. The broker may forget the last acks of a channel that ends soon after (it
    // passes them on to a quorum queue 32 at a time); their messages come again, as duplicates.
    Task<Result<Done>> ack(AckToken through, Deadline) override { return line_->ack(through); }

private:
    const std::shared_ptr<ConsumerLine>
        line_;  // shared with the queue, which ends it at the latest
};

}  // namespace sluice
