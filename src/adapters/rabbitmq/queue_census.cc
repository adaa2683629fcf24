#include "adapters/rabbitmq/queue_census.h"

#include "adapters/rabbitmq/amqp_link.h"
#include "adapters/rabbitmq/topology.h"

namespace sluice {

Result<std::uint64_t> count_waiting_messages(const RabbitOptions& options) {
    auto link = AmqpLink::connect(options.endpoint, options.prefix + " census");
    if (!link.ok()) return link.error();
    const RabbitNames names(options.prefix);
    std::uint64_t waiting = 0;
    for (std::uint16_t i = 0; i < options.partitions; ++i) {
        const auto counts = (*link)->inspect(names.orders(Partition{i}));
        if (!counts.ok()) return counts.error();
        waiting += counts->ready;
    }
    (*link)->close();
    return waiting;
}

}  // namespace sluice
