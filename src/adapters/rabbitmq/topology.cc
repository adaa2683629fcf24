#include "adapters/rabbitmq/topology.h"

namespace sluice {
namespace {

QueueSpec partition_queue(const RabbitOptions& options, std::string name) {
    QueueSpec queue;
    queue.name = std::move(name);
    queue.single_active_consumer = true;
    queue.messages_max = options.messages_max;
    return queue;
}

QueueSpec tier_queue(const RabbitOptions& options, const RabbitNames& names, RetryTier tier) {
    QueueSpec queue;
    queue.name = names.retry(options.tiers.delay(tier));
    queue.messages_max = options.messages_max;
    queue.message_ttl = options.tiers.delay(tier);
    queue.dead_letters = names.orders();
    return queue;
}

}  // namespace

Topology topology_of(const RabbitOptions& options) {
    const RabbitNames names(options.prefix);
    Topology topology;
    topology.exchanges.push_back({names.orders(), "direct"});
    topology.exchanges.push_back({names.events(), "fanout"});
    for (std::uint16_t i = 0; i < options.partitions; ++i) {
        const Partition partition{i};
        topology.queues.push_back(partition_queue(options, names.orders(partition)));
        topology.bindings.push_back(
            {names.orders(partition), names.orders(), RabbitNames::key(partition)}
        );
    }
    for (const auto tier : kRetryTiers) {
        auto queue = tier_queue(options, names, tier);
        topology.exchanges.push_back({queue.name, "fanout"});
        topology.bindings.push_back({queue.name, queue.name, ""});
        topology.queues.push_back(std::move(queue));
    }
    QueueSpec dead;
    dead.name = names.dead();
    dead.messages_max = options.messages_max;
    topology.queues.push_back(std::move(dead));
    return topology;
}

}  // namespace sluice
