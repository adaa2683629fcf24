#pragma once
// The one private RabbitMQ of this test program, started when a test first asks for it and stopped
// at the end, and RabbitRig: a fresh queue on it, under names of its own that are deleted
// afterwards.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "adapters/rabbitmq/amqp_link.h"
#include "adapters/rabbitmq/order_queue.h"
#include "adapters/rabbitmq/rabbitmq_checks.h"
#include "adapters/system/system_clock.h"
#include "stack/rabbitmq_server.h"
#include "support/test_log.h"
#include "support/test_store.h"

namespace sluice {

stack::RabbitmqServer& broker();

RabbitEndpoint broker_endpoint();
std::string fresh_prefix();  // used by nobody else

// On a new connection; ends the program when that fails.
std::unique_ptr<AmqpLink> link_to_broker();

class RabbitRig {
public:
    static constexpr bool kConsumersTellAge = true;

    RabbitRig() : RabbitRig(RabbitOptions{}) {}
    // Endpoint, prefix, partitions and tiers are set here; the rest is the caller's.
    explicit RabbitRig(RabbitOptions options);
    ~RabbitRig();
    RabbitRig(const RabbitRig&) = delete;
    RabbitRig& operator=(const RabbitRig&) = delete;

    OrderQueue& queue() { return *queue_; }
    RabbitOrderQueue& rabbit_queue() { return *queue_; }
    Clock& clock() { return clock_; }
    TestLog& log() { return log_; }
    const RabbitOptions& options() const { return options_; }
    RabbitNames names() const { return RabbitNames(options_.prefix); }
    RetryTiers tiers() const { return options_.tiers; }
    Millis patience() const { return Millis{700}; }
    // A busy machine may keep a real server from answering for seconds.
    Deadline in(Millis delay) { return clock_.in(delay * 10); }
    template <class T>
    T run(Task<T> task) {
        return run_to_end(context_, std::move(task));
    }
    void pass(Millis time);
    void publish_raw(Partition partition, std::string body);
    void restart();
    // Before kill(), so that what is published next meets a connection that was lost.
    void open_queue();
    void close_queue() { queue_.reset(); }

    // Publishes until it works: after the broker was away.
    void publish_until_ok(Partition partition, const Message& message);

private:
    RabbitOptions options_;
    SystemClock clock_;
    TestLog log_;
    boost::asio::io_context context_;
    std::unique_ptr<RabbitOrderQueue> queue_;
};

}  // namespace sluice
