#pragma once
// RabbitEvents: outcome events through a fanout exchange, to a queue of each node's own that ends
// with the node's connection. Best effort: not persistent, not confirmed; what is published while
// the broker is away, or faster than it takes, is dropped and counted. A node hears its own events
// as well.
//
// Thread-safe; publish() and subscribe() never wait. Listeners run on the connection's thread. When
// a handle's destructor has returned, its listener is not running and never runs again; a listener
// may destroy its own handle. The connection comes up, and comes back, by itself.

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/rabbitmq/options.h"
#include "async/lane.h"
#include "ports/clock.h"
#include "ports/events.h"
#include "ports/log.h"

namespace sluice {

class RabbitEvents final : public Events {
public:
    RabbitEvents(RabbitEndpoint endpoint, const std::string& prefix, Clock& clock, Log& log);
    ~RabbitEvents() override;

    void publish(OutcomeEvent event) override;
    std::shared_ptr<void> subscribe(Listener listener) override;

    bool connected() const;         // events of others are heard from here on
    std::uint64_t dropped() const;  // since the start

private:
    class Loop;
    std::shared_ptr<Loop> loop_;  // shared with handles, which may outlive this
    ThreadLane thread_{"rabbit-events"};
};

inline constexpr std::size_t kEventsWaitingMax = 1'024;
inline constexpr std::size_t kEventBytesUnwrittenMax = 4U << 20U;

}  // namespace sluice
