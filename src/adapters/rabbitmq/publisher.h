#pragma once
// Publisher: one connection in confirm mode, on a thread of its own, that everybody publishes
// through. Pipelined: whatever waits is written in one go, confirms are read as they come, and new
// publishes do not wait for old confirms. Nobody waits without a bound, and nothing is ever sent
// twice.
//
// Thread-safe; publish() resumes on the caller's executor. While the broker is known to be down,
// blocked by an alarm, or silent, publishes are refused at once. The connection comes back by
// itself, and with it the topology is declared again. Destroying the publisher answers everybody
// who waits.

#include <memory>
#include <string>

#include "adapters/rabbitmq/options.h"
#include "async/lane.h"
#include "async/suspend.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace sluice {

class AmqpLink;

struct PublishRequest {
    std::string exchange;
    std::string routing_key;
    std::string type;  // shown by the broker's tools
    std::string body;
    Deadline deadline;
};

class Publisher {
public:
    // `link`: set up by open_publisher_link(); the first connection.
    Publisher(RabbitOptions options, std::unique_ptr<AmqpLink> link, Clock& clock, Log& log);
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    // ok = confirmed and routed. Errors: kNotPublished (returned, refused by a full queue, or too
    // late to begin) · kQueueUnavailable (nothing was sent) · kOutcomeUnknown (sent, no answer).
    Task<Result<Done>> publish(PublishRequest request);
    // Publishes would be refused now. Wait-free.
    bool known_down() const;

private:
    class Loop;
    std::shared_ptr<Loop> loop_;
    ThreadLane thread_{"rabbit-publish"};
};

// Connects, declares the topology and selects confirms. Errors: those of AmqpLink.
Result<std::unique_ptr<AmqpLink>> open_publisher_link(const RabbitOptions& options);

// Bounds of what waits here; beyond them publishes are refused.
inline constexpr std::size_t kPublishesWaitingMax = 4'096;
inline constexpr std::size_t kPublishBytesWaitingMax = 64U << 20U;
inline constexpr std::size_t kPublishBytesMax =
    16U << 20U;  // of one message; a thousand orders have 0.2 MB
// In flight at once; the rest waits. Enough for any round trip, and little to be unsure about.
inline constexpr std::size_t kUnconfirmedMax = 1'024;
inline constexpr std::size_t kUnwrittenBytesMax = 1U << 20U;

}  // namespace sluice
