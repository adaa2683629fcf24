#pragma once
// RabbitOrderQueue: the order queue on RabbitMQ quorum queues (docs/protocol.md §5, §7). One
// connection publishes for everybody, one consumes per consumer, one answers questions; each has a
// thread, because rabbitmq-c blocks.
//
// Thread-safe; calls resume on the caller's executor. A Consumer belongs to one coroutine at a
// time; destroying it returns at once. A consumer that outlives the queue only fails. Destroying
// the queue waits for its threads: the length of a goodbye, at most reply_timeout while the broker
// is silent.

#include <memory>
#include <mutex>
#include <vector>

#include "adapters/rabbitmq/options.h"
#include "async/lane.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/order_queue.h"

namespace sluice {

class Publisher;
class ConsumerLine;
class QueueInspector;

class RabbitOrderQueue final : public OrderQueue {
public:
    // Connects and declares the topology; blocking, for start-up. Errors: kConflict names the
    // object that exists with other properties, and the property · kForbidden · kUnavailable.
    static Result<std::unique_ptr<RabbitOrderQueue>> open(
        RabbitOptions options, Clock& clock, Log& log
    );
    ~RabbitOrderQueue() override;

    Task<Result<Done>> publish(Partition partition, Message message, Deadline) override;
    Task<Result<Done>> publish_after(RetryTier tier, Partition partition, Message message, Deadline)
        override;
    Task<Result<Done>> notify_dead(std::string subject, std::string body, Deadline) override;
    // Errors: kInvalidField (no such partition) · kQueueUnavailable and those of AmqpLink.
    Task<Result<std::unique_ptr<Consumer>>> consume(Partition partition, Deadline) override;
    // `ready` includes what consumers of this process hold, but not what those of others do;
    // `oldest_age` is known while a consumer of this process holds something, else 0; all that
    // waits in tiers is counted with the first partition, because partitions share them.
    Task<Result<std::vector<QueueDepth>>> depths(Deadline) override;
    std::uint16_t partitions() const override { return options_.partitions; }
    bool known_down() const override;

    // A body that this program did not encode: what a damaged or foreign message looks like.
    Task<Result<Done>> publish_raw(Partition partition, std::string body, Deadline);

private:
    RabbitOrderQueue(RabbitOptions options, Clock& clock, Log& log);
    bool known(Partition partition) const { return partition.value() < options_.partitions; }
    std::vector<std::shared_ptr<ConsumerLine>> lines();
    void add_held(std::vector<QueueDepth>& depths);

    const RabbitOptions options_;
    Clock& clock_;
    Log& log_;
    std::unique_ptr<Publisher> publisher_;
    std::unique_ptr<QueueInspector> inspector_;
    std::mutex mutex_;
    std::vector<std::shared_ptr<ConsumerLine>> lines_;  // guarded by mutex_; shared with consumers
};

}  // namespace sluice
