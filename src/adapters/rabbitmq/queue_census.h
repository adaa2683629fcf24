#pragma once
// How many messages wait, for the auditor: they can be counted, not read. Blocking, over a
// connection of its own.

#include <cstdint>

#include "adapters/rabbitmq/options.h"
#include "base/result.h"

namespace sluice {

// Of all partitions; without those in the hands of a consumer, and without the tiers, which are
// only timers. Errors: those of AmqpLink.
Result<std::uint64_t> count_waiting_messages(const RabbitOptions& options);

}  // namespace sluice
