#pragma once
// AmqpLink: one connection with one channel, while it is being set up: every call sends a request
// and waits for its answer, at most RabbitEndpoint::reply_timeout. Blocking, so it lives on a lane.
// Once set up, the link is handed to an AmqpStream.
//
// Announces `connection.blocked` and `consumer_cancel_notify`, which rabbitmq-c does not by itself:
// without them a stuck publisher and a consumer of a deleted queue are never told.
//
// Errors, with the broker's own words, which name the object and what differs: kConflict (exists
// with other properties) · kNotFound · kForbidden · kUnavailable (connection lost, no answer,
// refused). After a refusal the broker has closed the channel; the next call opens another.

#include <amqp.h>

#include <memory>
#include <string>

#include "adapters/rabbitmq/topology.h"
#include "base/result.h"

namespace sluice {

struct QueueCounts {
    std::uint64_t ready = 0;  // not with any consumer
    std::uint64_t consumers = 0;
};

class AmqpLink {
public:
    // `name` is shown by the broker's own tools.
    static Result<std::unique_ptr<AmqpLink>> connect(
        const RabbitEndpoint& endpoint, const std::string& name
    );
    ~AmqpLink();  // drops the connection; see close()
    AmqpLink(const AmqpLink&) = delete;
    AmqpLink& operator=(const AmqpLink&) = delete;

    Result<Done> declare(const ExchangeSpec& exchange);
    Result<Done> declare(const QueueSpec& queue);
    Result<Done> bind(const BindingSpec& binding);
    Result<Done> unbind(const BindingSpec& binding);
    Result<Done> delete_exchange(const std::string& name);
    Result<Done> delete_queue(const std::string& name);
    // Passive: changes nothing.
    Result<Done> find_exchange(const std::string& name);
    Result<QueueCounts> inspect(const std::string& queue);
    // Exclusive to this connection and gone with it; its name.
    Result<std::string> declare_private_queue();

    Result<Done> select_confirms();
    Result<Done> consume(const std::string& queue, std::uint16_t prefetch, bool no_ack);

    std::string server_version() const;
    // Says goodbye, so that the broker has read everything that was written before.
    void close();

    amqp_connection_state_t state() const { return state_; }
    amqp_channel_t channel() const { return channel_; }
    std::chrono::seconds heartbeat() const { return heartbeat_; }  // as agreed; 0: none

private:
    AmqpLink();
    Result<Done> open(const RabbitEndpoint& endpoint, const std::string& name);
    Result<Done> log_in(const RabbitEndpoint& endpoint, const std::string& name);
    Result<Done> ready_channel();
    // The outcome of the call just made; `what` names its object.
    Result<Done> outcome(const std::string& what);
    Result<Done> explain(const amqp_rpc_reply_t& reply, const std::string& what);

    amqp_connection_state_t state_;
    amqp_channel_t channel_ = 0;  // the open one, or the last that was
    bool channel_open_ = false;
    std::chrono::seconds heartbeat_{0};
};

}  // namespace sluice
