#include "adapters/rabbitmq/amqp_link.h"

#include <amqp_tcp_socket.h>
#include <sys/time.h>

#include <array>
#include <charconv>
#include <string_view>

#include "adapters/rabbitmq/amqp_values.h"

namespace sluice {
namespace {

constexpr int kFrameBytesMax = 131'072;
constexpr amqp_channel_t kChannelsMax = 2'047;

timeval timeval_of(Millis time) {
    timeval value{};
    value.tv_sec = time.count() / 1'000;
    value.tv_usec = (time.count() % 1'000) * 1'000;
    return value;
}

Code code_of(std::uint16_t reply_code) {
    switch (reply_code) {
        case AMQP_NOT_FOUND:
            return Code::kNotFound;
        case AMQP_ACCESS_REFUSED:
            return Code::kForbidden;
        case AMQP_PRECONDITION_FAILED:
        case AMQP_RESOURCE_LOCKED:
            return Code::kConflict;
        default:
            return Code::kUnavailable;
    }
}

int major_of(const std::string& version) {
    int number = 0;
    std::from_chars(version.data(), version.data() + version.size(), number);
    return number;
}

Error refusal(std::uint16_t reply_code, amqp_bytes_t text, const std::string& what) {
    return fail(code_of(reply_code), what + ": " + to_text(text));
}

}  // namespace

AmqpLink::AmqpLink() : state_(amqp_new_connection()) { SLUICE_CHECK(state_ != nullptr); }

AmqpLink::~AmqpLink() { amqp_destroy_connection(state_); }

Result<std::unique_ptr<AmqpLink>> AmqpLink::connect(
    const RabbitEndpoint& endpoint, const std::string& name
) {
    std::unique_ptr<AmqpLink> link(new AmqpLink());
    auto opened = link->open(endpoint, name);
    if (!opened.ok()) return opened.error();
    return link;
}

Result<Done> AmqpLink::open(const RabbitEndpoint& endpoint, const std::string& name) {
    const auto timeout = timeval_of(endpoint.reply_timeout);
    amqp_set_handshake_timeout(state_, &timeout);
    amqp_set_rpc_timeout(state_, &timeout);
    auto* socket = amqp_tcp_socket_new(state_);
    if (socket == nullptr) return fail(Code::kUnavailable, "no memory for a socket");
    const int opened =
        amqp_socket_open_noblock(socket, endpoint.host.c_str(), endpoint.port, &timeout);
    if (opened != AMQP_STATUS_OK) {
        const auto address = endpoint.host + ":" + std::to_string(endpoint.port);
        return fail(Code::kUnavailable, address + ": " + amqp_error_string2(opened));
    }
    auto logged_in = log_in(endpoint, name);
    if (!logged_in.ok()) return logged_in;
    return ready_channel();
}

// Heartbeats are agreed with the broker, then switched off in rabbitmq-c: it would send them in the
// middle of what an AmqpStream writes.
Result<Done> AmqpLink::log_in(const RabbitEndpoint& endpoint, const std::string& name) {
    std::array capabilities{
        entry("connection.blocked", true), entry("consumer_cancel_notify", true),
        entry("publisher_confirms", true), entry("basic.nack", true)};
    auto capability_table = table_of(capabilities);
    std::array properties{
        entry("capabilities", capability_table), entry("connection_name", bytes_of(name))};
    const auto property_table = table_of(properties);
    const auto reply = amqp_login_with_properties(
        state_, endpoint.vhost.c_str(), 0, kFrameBytesMax,
        static_cast<int>(endpoint.heartbeat.count()), &property_table, AMQP_SASL_METHOD_PLAIN,
        endpoint.user.c_str(), endpoint.password.c_str()
    );
    auto logged_in = explain(reply, "user " + endpoint.user + ", vhost " + endpoint.vhost);
    if (!logged_in.ok()) return logged_in;
    heartbeat_ = std::chrono::seconds{amqp_get_heartbeat(state_)};
    const int tuned =
        amqp_tune_connection(state_, amqp_get_channel_max(state_), amqp_get_frame_max(state_), 0);
    if (tuned != AMQP_STATUS_OK) return fail(Code::kUnavailable, amqp_error_string2(tuned));
    return Done{};
}

Result<Done> AmqpLink::ready_channel() {
    if (channel_open_) return Done{};
    if (channel_ == kChannelsMax) return fail(Code::kUnavailable, "out of channels");
    amqp_channel_open(state_, ++channel_);
    auto opened = outcome("channel");
    channel_open_ = opened.ok();
    return opened;
}

Result<Done> AmqpLink::outcome(const std::string& what) {
    auto explained = explain(amqp_get_rpc_reply(state_), what);
    amqp_maybe_release_buffers(state_);
    return explained;
}

Result<Done> AmqpLink::explain(const amqp_rpc_reply_t& reply, const std::string& what) {
    switch (reply.reply_type) {
        case AMQP_RESPONSE_NORMAL:
            return Done{};
        case AMQP_RESPONSE_NONE:
            return fail(Code::kUnavailable, what + ": the connection ended");
        case AMQP_RESPONSE_LIBRARY_EXCEPTION:
            return fail(Code::kUnavailable, what + ": " + amqp_error_string2(reply.library_error));
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            break;
    }
    channel_open_ = false;
    if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
        const auto* close = static_cast<const amqp_channel_close_t*>(reply.reply.decoded);
        auto refused = refusal(close->reply_code, close->reply_text, what);
        amqp_channel_close_ok_t answer{};
        amqp_send_method(state_, channel_, AMQP_CHANNEL_CLOSE_OK_METHOD, &answer);
        return refused;
    }
    if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
        const auto* close = static_cast<const amqp_connection_close_t*>(reply.reply.decoded);
        return refusal(close->reply_code, close->reply_text, what);
    }
    return fail(Code::kUnavailable, what + ": an answer that nobody asked for");
}

Result<Done> AmqpLink::declare(const ExchangeSpec& exchange) {
    auto ready = ready_channel();
    if (!ready.ok()) return ready;
    amqp_exchange_declare(
        state_, channel_, bytes_of(exchange.name), bytes_of(exchange.type), 0, 1, 0, 0,
        amqp_empty_table
    );
    return outcome("exchange " + exchange.name);
}

Result<Done> AmqpLink::declare(const QueueSpec& queue) {
    auto ready = ready_channel();
    if (!ready.ok()) return ready;
    std::vector<amqp_table_entry_t> arguments{
        entry("x-queue-type", bytes_of("quorum")),
        entry("x-overflow", bytes_of("reject-publish")),
        entry("x-max-length", std::int64_t{queue.messages_max}),
    };
    if (queue.single_active_consumer) arguments.push_back(entry("x-single-active-consumer", true));
    if (queue.message_ttl) {
        arguments.push_back(entry("x-message-ttl", std::int64_t{queue.message_ttl->count()}));
    }
    if (queue.dead_letters) {
        arguments.push_back(entry("x-dead-letter-exchange", bytes_of(*queue.dead_letters)));
    }
    // From 4.0 on a quorum queue drops what was delivered 20 times, unless it is told not to.
    constexpr std::int64_t kNoLimit = -1;
    if (major_of(server_version()) >= 4) arguments.push_back(entry("x-delivery-limit", kNoLimit));
    amqp_queue_declare(state_, channel_, bytes_of(queue.name), 0, 1, 0, 0, table_of(arguments));
    return outcome("queue " + queue.name);
}

Result<Done> AmqpLink::bind(const BindingSpec& binding) {
    auto ready = ready_channel();
    if (!ready.ok()) return ready;
    amqp_queue_bind(
        state_, channel_, bytes_of(binding.queue), bytes_of(binding.exchange),
        bytes_of(binding.key), amqp_empty_table
    );
    return outcome("binding of " + binding.queue + " to " + binding.exchange);
}

Result<Done> AmqpLink::unbind(const BindingSpec& binding) {
    auto ready = ready_channel();
    if (!ready.ok()) return ready;
    amqp_queue_unbind(
        state_, channel_, bytes_of(binding.queue), bytes_of(binding.exchange),
        bytes_of(binding.key), amqp_empty_table
    );
    return outcome("binding of " + binding.queue + " to " + binding.exchange);
}

Result<Done> AmqpLink::delete_exchange(const std::string& name) {
    auto ready = ready_channel();
    if (!ready.ok()) return ready;
    amqp_exchange_delete(state_, channel_, bytes_of(name), 0);
    return outcome("exchange " + name);
}

Result<Done> AmqpLink::delete_queue(const std::string& name) {
    auto ready = ready_channel();
    if (!ready.ok()) return ready;
    amqp_queue_delete(state_, channel_, bytes_of(name), 0, 0);
    return outcome("queue " + name);
}

Result<Done> AmqpLink::find_exchange(const std::string& name) {
    auto ready = ready_channel();
    if (!ready.ok()) return ready;
    amqp_exchange_declare(
        state_, channel_, bytes_of(name), bytes_of("direct"), 1, 1, 0, 0, amqp_empty_table
    );
    return outcome("exchange " + name);
}

Result<QueueCounts> AmqpLink::inspect(const std::string& queue) {
    auto ready = ready_channel();
    if (!ready.ok()) return ready.error();
    const auto* declared =
        amqp_queue_declare(state_, channel_, bytes_of(queue), 1, 0, 0, 0, amqp_empty_table);
    QueueCounts counts;
    if (declared != nullptr) counts = {declared->message_count, declared->consumer_count};
    auto found = outcome("queue " + queue);
    if (!found.ok()) return found.error();
    return counts;
}

Result<std::string> AmqpLink::declare_private_queue() {
    auto ready = ready_channel();
    if (!ready.ok()) return ready.error();
    const auto* declared =
        amqp_queue_declare(state_, channel_, amqp_empty_bytes, 0, 0, 1, 1, amqp_empty_table);
    const std::string name = declared == nullptr ? "" : to_text(declared->queue);
    auto made = outcome("private queue");
    if (!made.ok()) return made.error();
    return name;
}

Result<Done> AmqpLink::select_confirms() {
    auto ready = ready_channel();
    if (!ready.ok()) return ready;
    amqp_confirm_select(state_, channel_);
    return outcome("confirm mode");
}

Result<Done> AmqpLink::consume(const std::string& queue, std::uint16_t prefetch, bool no_ack) {
    auto ready = ready_channel();
    if (!ready.ok()) return ready;
    amqp_basic_qos(state_, channel_, 0, prefetch, 0);
    auto limited = outcome("prefetch of " + queue);
    if (!limited.ok()) return limited;
    amqp_basic_consume(
        state_, channel_, bytes_of(queue), amqp_empty_bytes, 0, no_ack ? 1 : 0, 0, amqp_empty_table
    );
    return outcome("consumer of " + queue);
}

std::string AmqpLink::server_version() const {
    const auto* properties = amqp_get_server_properties(state_);
    for (int i = 0; properties != nullptr && i < properties->num_entries; ++i) {
        const auto& property = properties->entries[i];
        if (to_text(property.key) == "version" && property.value.kind == AMQP_FIELD_KIND_UTF8) {
            return to_text(property.value.value.bytes);
        }
    }
    return "";
}

void AmqpLink::close() { amqp_connection_close(state_, AMQP_REPLY_SUCCESS); }

}  // namespace sluice
