#pragma once
// QueueInspector: asks the broker how full the queues are, on a thread and a connection of its own.
// The connection has no heartbeat, so that it may lie idle between two questions; one that has died
// meanwhile is replaced when the next question finds out.

#include <atomic>
#include <memory>
#include <vector>

#include "adapters/rabbitmq/amqp_link.h"
#include "async/lane.h"
#include "async/suspend.h"
#include "ports/clock.h"
#include "ports/order_queue.h"

namespace sluice {

class QueueInspector {
public:
    QueueInspector(const RabbitOptions& options, Clock& clock);

    // Errors: kQueueUnavailable.
    Task<Result<std::vector<QueueDepth>>> depths(Deadline deadline);

private:
    using Depths = Result<std::vector<QueueDepth>>;

    Depths ask(Deadline deadline);
    Depths ask_over(AmqpLink& link);

    const RabbitOptions options_;
    Clock& clock_;
    std::atomic<int> asking_{0};
    std::unique_ptr<AmqpLink> link_;  // on the thread; nullptr until the first question
    ThreadLane thread_{"rabbit-inspect"};
};

inline constexpr int kInspectionsMax =
    8;  // questions that wait at once; the gauges ask one at a time

}  // namespace sluice
