#pragma once
// The durable queue between admission and settlement: RabbitMQ in production, an SQLite table in embedded mode. Ordered
// per partition; delivered at least once; nothing is ever dropped for being old. nack, requeue and cancel do not exist:
// a consumer that goes away leaves its unacked work to the next one, in the same order.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "async/task.h"
#include "base/time.h"
#include "domain/deferred.h"
#include "domain/order.h"
#include "domain/retry_policy.h"

namespace sluice {

// Everything accepted in earlier epochs of the sale is ahead of it in the partition.
struct Barrier {
    SaleId sale;
    Epoch epoch;
    friend bool operator==(const Barrier&, const Barrier&) = default;
};
// "Look at the deferred work now": only a timer, may be lost.
struct WorkHint {
    WorkKind kind = WorkKind::kExpiry;
    std::string key;
    friend bool operator==(const WorkHint&, const WorkHint&) = default;
};
struct OrderRun {  // one or more messages in order; never spans a barrier
    std::vector<OrderBatch> batches;
};
struct Undecodable {  // set aside whole, never looped
    std::string body;
    std::string why;
};
using Message = std::variant<OrderBatch, Barrier, WorkHint>;
using Work = std::variant<OrderRun, Barrier, WorkHint, Undecodable>;

struct AckToken {
    std::uint64_t through = 0;
};
struct Delivery {
    Work work;
    AckToken through;  // acks this and everything delivered before it
};

class Consumer {
public:
    virtual ~Consumer() = default;  // closes the channel: unacked work is delivered again, in order, to the next one
    // The next work: at most `orders_max` orders (a single larger message is still delivered whole). A barrier, hint or
    // undecodable message comes alone. nullopt when the deadline passes with nothing to deliver.
    virtual Task<Result<std::optional<Delivery>>> take(std::size_t orders_max, Deadline) = 0;
    virtual Task<Result<Done>> ack(AckToken through, Deadline) = 0;
};

struct QueueDepth {
    Partition partition;
    std::uint64_t ready = 0;    // messages not acked yet
    std::uint64_t delayed = 0;  // waiting in tiers
    Millis oldest_age{0};       // of the first ready message
    std::uint64_t consumers = 0;  // of which one takes and the others wait in line
};

class OrderQueue {
public:
    virtual ~OrderQueue() = default;

    // ok = durable, in order, and certain to reach a consumer of the partition.
    // Errors: kNotPublished (certainly not there) · kQueueUnavailable (known to be down, nothing was sent) ·
    // kOutcomeUnknown. None of them releases a hold.
    virtual Task<Result<Done>> publish(Partition partition, Message message, Deadline) = 0;
    // Comes to the partition's tail after the tier's delay. Only a timer: may be lost or come twice.
    virtual Task<Result<Done>> publish_after(RetryTier tier, Partition partition, Message message, Deadline) = 0;
    // A notice for people (a buried order, an undecodable message kept whole). May come twice.
    virtual Task<Result<Done>> notify_dead(std::string subject, std::string body, Deadline) = 0;
    // One consumer per partition at a time; a second one waits in take() until the first goes away.
    virtual Task<Result<std::unique_ptr<Consumer>>> consume(Partition partition, Deadline) = 0;
    virtual Task<Result<std::vector<QueueDepth>>> depths(Deadline) = 0;
    virtual std::uint16_t partitions() const = 0;
    // The broker is known not to take messages now (no connection, an alarm), so nobody should reserve for one. Wait-free
    // and thread-safe; false does not promise anything.
    virtual bool known_down() const { return false; }
};

}  // namespace sluice
