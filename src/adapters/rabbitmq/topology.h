#pragma once
// What the broker must hold (docs/protocol.md §5, §7), as plain values: who declares it, who checks
// it and who deletes it all read this one description.
//
//   <prefix>.orders     direct, routing key = partition   → <prefix>.orders.<n>, quorum, one active
//                                                           consumer, full = publish refused
//   <prefix>.retry.<n>ms fanout, one per tier             → <prefix>.retry.<n>ms, quorum, the tier's
//                                                           TTL, then back to <prefix>.orders under
//                                                           the message's own routing key
//   (default exchange)                                    → <prefix>.dead, quorum: notices
//   <prefix>.events     fanout                            → a queue of each node's own
//
// A delivery limit is never set: it would drop innocent messages of a crashing worker's prefetch.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/rabbitmq/options.h"
#include "base/ids.h"

namespace sluice {

struct ExchangeSpec {
    std::string name;
    std::string type;  // "direct", "fanout"; always durable
};

// A durable quorum queue that refuses publishes when it is full.
struct QueueSpec {
    std::string name;
    bool single_active_consumer = false;
    std::uint32_t messages_max = 0;
    std::optional<Millis> message_ttl;        // nullopt: never dropped for being old
    std::optional<std::string> dead_letters;  // exchange that expired messages go to
};

struct BindingSpec {
    std::string queue;
    std::string exchange;
    std::string key;
};

struct Topology {
    std::vector<ExchangeSpec> exchanges;
    std::vector<QueueSpec> queues;
    std::vector<BindingSpec> bindings;
};

class RabbitNames {
public:
    explicit RabbitNames(std::string prefix) : prefix_(std::move(prefix)) {}
    std::string orders() const { return prefix_ + ".orders"; }
    std::string orders(Partition partition) const { return orders() + "." + key(partition); }
    // Named after the delay, which RabbitMQ does not let change: a new configuration declares new queues, and what
    // waits in the old ones still comes back.
    std::string retry(Millis delay) const {
        return prefix_ + ".retry." + std::to_string(delay.count()) + "ms";
    }
    std::string dead() const { return prefix_ + ".dead"; }
    std::string events() const { return prefix_ + ".events"; }
    static std::string key(Partition partition) { return std::to_string(partition.value()); }

private:
    std::string prefix_;
};

inline constexpr RetryTier kRetryTiers[] = {
    RetryTier::kFirst, RetryTier::kSecond, RetryTier::kThird};

Topology topology_of(const RabbitOptions& options);

}  // namespace sluice
