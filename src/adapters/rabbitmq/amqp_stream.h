#pragma once
// AmqpStream: a connection at work. Never waits except in wait(): what is written goes through a
// buffer of our own, so that a broker which has stopped reading cannot hold up the deadlines of the
// lane; what arrives comes out as events. Heartbeats are sent and watched here.
//
// Belongs to one lane:   for (;;) { publish / ack …;  pump();  while (next()) …;  wait(); }
// After the first error the stream is dead and is thrown away.

#include <memory>
#include <optional>
#include <string>

#include "adapters/rabbitmq/amqp_events.h"
#include "adapters/rabbitmq/amqp_frames.h"
#include "adapters/rabbitmq/amqp_link.h"
#include "adapters/rabbitmq/waker.h"
#include "ports/clock.h"

namespace sluice {

// A return or delivery whose header and body are on their way.
struct AmqpContent {
    std::optional<Returned> returned;
    Delivered delivered;
    std::uint64_t body_bytes = 0;
    bool header_seen = false;
};

class AmqpStream {
public:
    AmqpStream(std::unique_ptr<AmqpLink> link, Clock& clock);

    // Appended; written by pump(). Returns what written() will be when all of it is written.
    std::uint64_t publish(const Outgoing& message);
    void ack(std::uint64_t through);

    // Writes what the kernel takes, without waiting. Error: the connection is lost.
    Result<Done> pump();
    // nullopt: nothing more for now. Error: the connection is lost.
    Result<std::optional<AmqpEvent>> next();
    // Until something arrives, can be written, the waker rings, or `until`.
    void wait(Waker& waker, Instant until);
    // Ends in peace, if the broker answers soon: it has then read everything written before.
    void close();

    std::uint64_t written() const { return written_; }  // bytes of the stream that the kernel took
    std::size_t unwritten() const { return out_.size() - out_from_; }
    Instant last_heard() const { return heard_at_; }

private:
    std::optional<AmqpEvent> on_frame(const amqp_frame_t& frame);
    std::optional<AmqpEvent> on_method(const amqp_frame_t& frame);
    std::optional<AmqpEvent> on_close(const amqp_frame_t& frame);
    std::optional<AmqpEvent> on_header(const amqp_frame_t& frame);
    std::optional<AmqpEvent> on_body(const amqp_frame_t& frame);
    std::optional<AmqpEvent> finish_content();
    Result<Done> flush();
    Instant next_heartbeat() const;
    Instant dead_at() const;

    const std::unique_ptr<AmqpLink> link_;
    Clock& clock_;
    const ChannelShape shape_;
    const Millis heartbeat_;  // 0: none agreed

    std::string out_;  // bytes [out_from_, end) are not written yet
    std::size_t out_from_ = 0;
    std::uint64_t written_ = 0;  // bytes ever taken by the kernel
    Instant wrote_at_;
    Instant heard_at_;
    std::optional<AmqpContent> content_;  // nullopt between messages
};

}  // namespace sluice
