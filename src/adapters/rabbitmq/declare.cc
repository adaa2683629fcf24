#include "adapters/rabbitmq/declare.h"

namespace sluice {

Result<Done> declare_topology(AmqpLink& link, const Topology& topology) {
    for (const auto& exchange : topology.exchanges) {
        auto declared = link.declare(exchange);
        if (!declared.ok()) return declared;
    }
    for (const auto& queue : topology.queues) {
        auto declared = link.declare(queue);
        if (!declared.ok()) return declared;
    }
    for (const auto& binding : topology.bindings) {
        auto bound = link.bind(binding);
        if (!bound.ok()) return bound;
    }
    for (const auto& exchange : topology.exchanges) {
        auto found = link.find_exchange(exchange.name);
        if (!found.ok()) return found;
    }
    for (const auto& queue : topology.queues) {
        auto found = link.inspect(queue.name);
        if (!found.ok()) return found.error();
    }
    return Done{};
}

Result<Done> delete_topology(AmqpLink& link, const Topology& topology) {
    for (const auto& queue : topology.queues) {
        auto deleted = link.delete_queue(queue.name);
        if (!deleted.ok()) return deleted;
    }
    for (const auto& exchange : topology.exchanges) {
        auto deleted = link.delete_exchange(exchange.name);
        if (!deleted.ok()) return deleted;
    }
    return Done{};
}

}  // namespace sluice
