#pragma once
// Bringing a broker into the shape of a Topology, and out of it. Blocking. Declaring what is there
// already changes nothing; what is there with other properties is refused by the broker, which says
// which one.

#include "adapters/rabbitmq/amqp_link.h"
#include "adapters/rabbitmq/topology.h"

namespace sluice {

// Declares, then verifies passively. Errors: those of AmqpLink; kConflict names the object and the
// property.
Result<Done> declare_topology(AmqpLink& link, const Topology& topology);

// With every message in it. For tests and for a stack that starts anew.
Result<Done> delete_topology(AmqpLink& link, const Topology& topology);

}  // namespace sluice
