#include "adapters/rabbitmq/amqp_frames.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "adapters/rabbitmq/amqp_values.h"
#include "base/check.h"

namespace sluice {
namespace {

constexpr std::size_t kFrameOverhead = 8;       // type, channel, size; end mark
constexpr std::size_t kMethodBytesMax = 1'024;  // four short strings at most
constexpr std::size_t kPropertyBytesMax = 1'024;
constexpr std::size_t kShortStringMax = 255;
constexpr auto kAtHeader = "sluice-at-ms";
constexpr auto kFrameEnd = static_cast<char>(AMQP_FRAME_END);

template <class Number>
void append_number(std::string& out, Number value) {
    for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>((static_cast<std::uint64_t>(value) >> shift) & 0xffU));
    }
}

void begin_frame(std::string& out, int type, amqp_channel_t channel, std::size_t payload) {
    append_number(out, static_cast<std::uint8_t>(type));
    append_number(out, channel);
    append_number(out, static_cast<std::uint32_t>(payload));
}

template <class Method>
void append_method(
    std::string& out, amqp_channel_t channel, amqp_method_number_t id, Method method
) {
    std::array<char, kMethodBytesMax> encoded{};
    const int size = amqp_encode_method(id, &method, amqp_bytes_t{encoded.size(), encoded.data()});
    SLUICE_CHECK(size >= 0);  // names are ours and short
    const auto bytes = static_cast<std::size_t>(size);
    begin_frame(out, AMQP_FRAME_METHOD, channel, sizeof id + bytes);
    append_number(out, id);
    out.append(encoded.data(), bytes);
    out.push_back(kFrameEnd);
}

void append_header(std::string& out, const ChannelShape& shape, const Outgoing& message) {
    std::array<char, 24> tag{};
    const auto* tag_end = std::to_chars(tag.data(), tag.data() + tag.size(), message.tag).ptr;
    std::array headers{entry(kAtHeader, std::int64_t{to_ms(message.at)})};
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_TYPE_FLAG |
                        AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_HEADERS_FLAG;
    properties.delivery_mode =
        message.durable ? AMQP_DELIVERY_PERSISTENT : AMQP_DELIVERY_NONPERSISTENT;
    properties.type = bytes_of(message.type.substr(0, kShortStringMax));
    properties.message_id = {static_cast<std::size_t>(tag_end - tag.data()), tag.data()};
    properties.headers = table_of(headers);

    std::array<char, kPropertyBytesMax> encoded{};
    const int size = amqp_encode_properties(
        AMQP_BASIC_CLASS, &properties, amqp_bytes_t{encoded.size(), encoded.data()}
    );
    SLUICE_CHECK(size >= 0);
    const auto bytes = static_cast<std::size_t>(size);
    begin_frame(out, AMQP_FRAME_HEADER, shape.channel, 12 + bytes);
    append_number(out, std::uint16_t{AMQP_BASIC_CLASS});
    append_number(out, std::uint16_t{0});  // weight, unused
    append_number(out, std::uint64_t{message.body.size()});
    out.append(encoded.data(), bytes);
    out.push_back(kFrameEnd);
}

}  // namespace

void append_publish(std::string& out, const ChannelShape& shape, const Outgoing& message) {
    SLUICE_CHECK(message.exchange.size() <= kShortStringMax);
    SLUICE_CHECK(message.routing_key.size() <= kShortStringMax);
    amqp_basic_publish_t publish{};
    publish.exchange = bytes_of(message.exchange);
    publish.routing_key = bytes_of(message.routing_key);
    publish.mandatory = message.durable ? 1 : 0;
    append_method(out, shape.channel, AMQP_BASIC_PUBLISH_METHOD, publish);
    append_header(out, shape, message);
    const std::size_t part_max = shape.frame_bytes_max - kFrameOverhead;
    for (auto body = message.body; !body.empty();) {
        const auto part = body.substr(0, part_max);
        begin_frame(out, AMQP_FRAME_BODY, shape.channel, part.size());
        out.append(part);
        out.push_back(kFrameEnd);
        body.remove_prefix(part.size());
    }
}

void append_ack(std::string& out, const ChannelShape& shape, std::uint64_t tag) {
    append_method(out, shape.channel, AMQP_BASIC_ACK_METHOD, amqp_basic_ack_t{tag, 1});
}

void append_heartbeat(std::string& out) {
    begin_frame(out, AMQP_FRAME_HEARTBEAT, 0, 0);
    out.push_back(kFrameEnd);
}

void append_close_ok(std::string& out, amqp_channel_t channel) {
    if (channel == 0) {
        append_method(out, channel, AMQP_CONNECTION_CLOSE_OK_METHOD, amqp_connection_close_ok_t{});
    } else {
        append_method(out, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, amqp_channel_close_ok_t{});
    }
}

std::uint64_t tag_in(const amqp_basic_properties_t& properties) {
    if ((properties._flags & AMQP_BASIC_MESSAGE_ID_FLAG) == 0) return 0;
    const auto text = to_text(properties.message_id);
    std::uint64_t tag = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), tag);
    return error == std::errc{} && end == text.data() + text.size() ? tag : 0;
}

std::optional<WallTime> time_in(const amqp_basic_properties_t& properties) {
    if ((properties._flags & AMQP_BASIC_HEADERS_FLAG) == 0) return std::nullopt;
    for (int i = 0; i < properties.headers.num_entries; ++i) {
        const auto& header = properties.headers.entries[i];
        if (to_text(header.key) == kAtHeader && header.value.kind == AMQP_FIELD_KIND_I64) {
            return wall_from_ms(header.value.value.i64);
        }
    }
    return std::nullopt;
}

}  // namespace sluice
