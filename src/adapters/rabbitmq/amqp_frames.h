#pragma once
// What we write to a set-up connection, as bytes (AMQP 0-9-1, §2.3.5 and §4.2). Pure: appends whole
// frames to a buffer. rabbitmq-c encodes methods and properties; the frames around them are made
// here, because its own writer waits for ever when the broker stops reading, and writes three times
// per message.

#include <amqp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace sluice {

struct Outgoing {
    std::string_view exchange;  // "": the default exchange, routing_key is a queue
    std::string_view routing_key;
    std::string_view body;
    std::string_view type;  // for people who look into the queue; cut at 255 bytes
    bool durable = true;    // persistent, and returned when no queue takes it
    std::uint64_t tag = 0;  // by which a returned message is known; 0: not told
    WallTime at;            // when it was published
};

struct ChannelShape {
    amqp_channel_t channel = 1;
    std::size_t frame_bytes_max = 0;
};

void append_publish(std::string& out, const ChannelShape& shape, const Outgoing& message);
void append_ack(
    std::string& out, const ChannelShape& shape, std::uint64_t tag
);  // and all before it
void append_heartbeat(std::string& out);
void append_close_ok(std::string& out, amqp_channel_t channel);  // channel 0: of the connection

// What append_publish() put into the properties.
std::uint64_t tag_in(const amqp_basic_properties_t& properties);  // 0: none of ours
std::optional<WallTime> time_in(const amqp_basic_properties_t& properties);

}  // namespace sluice
