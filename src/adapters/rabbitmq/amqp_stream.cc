#include "adapters/rabbitmq/amqp_stream.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "adapters/rabbitmq/amqp_values.h"

namespace sluice {
namespace {

constexpr std::size_t kOutCompactAt = 65'536;     // written bytes kept before they are cut off
constexpr std::size_t kBodyReserveMax = 1 << 20;  // a header may announce any size
constexpr Millis kGoodbyeMax{1'000};

template <class Method>
const Method& decoded(const amqp_frame_t& frame) {
    return *static_cast<const Method*>(frame.payload.method.decoded);
}

}  // namespace

AmqpStream::AmqpStream(std::unique_ptr<AmqpLink> link, Clock& clock)
    : link_(std::move(link)),
      clock_(clock),
      shape_{link_->channel(), static_cast<std::size_t>(amqp_get_frame_max(link_->state()))},
      heartbeat_(link_->heartbeat()),
      wrote_at_(clock.now()),
      heard_at_(wrote_at_) {}

std::uint64_t AmqpStream::publish(const Outgoing& message) {
    append_publish(out_, shape_, message);
    return written_ + unwritten();
}

void AmqpStream::ack(std::uint64_t through) { append_ack(out_, shape_, through); }

Instant AmqpStream::next_heartbeat() const {
    return heartbeat_.count() == 0 ? Instant::max() : wrote_at_ + heartbeat_ / 2;
}

Instant AmqpStream::dead_at() const {
    return heartbeat_.count() == 0 ? Instant::max() : heard_at_ + 2 * heartbeat_;
}

Result<Done> AmqpStream::pump() {
    const auto now = clock_.now();
    if (now >= dead_at()) return fail(Code::kUnavailable, "no heartbeat from the broker");
    if (unwritten() == 0 && now >= next_heartbeat()) append_heartbeat(out_);
    return flush();
}

Result<Done> AmqpStream::flush() {
    while (unwritten() > 0) {
        const auto sent = ::send(
            amqp_get_sockfd(link_->state()), out_.data() + out_from_, unwritten(),
            MSG_NOSIGNAL | MSG_DONTWAIT
        );
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
        if (sent < 0)
            return fail(Code::kUnavailable, std::string("write: ") + std::strerror(errno));
        out_from_ += static_cast<std::size_t>(sent);
        written_ += static_cast<std::uint64_t>(sent);
        wrote_at_ = clock_.now();
    }
    if (unwritten() == 0) {
        out_.clear();
        out_from_ = 0;
    } else if (out_from_ >= kOutCompactAt) {
        out_.erase(0, out_from_);
        out_from_ = 0;
    }
    return Done{};
}

Result<std::optional<AmqpEvent>> AmqpStream::next() {
    const timeval now{};
    for (;;) {
        amqp_frame_t frame{};
        const int got = amqp_simple_wait_frame_noblock(link_->state(), &frame, &now);
        if (got == AMQP_STATUS_TIMEOUT) return std::optional<AmqpEvent>();
        if (got != AMQP_STATUS_OK) {
            return fail(Code::kUnavailable, std::string("read: ") + amqp_error_string2(got));
        }
        heard_at_ = clock_.now();
        auto event = on_frame(frame);
        amqp_maybe_release_buffers(link_->state());  // everything of the frame has been copied
        if (event) return event;
    }
}

std::optional<AmqpEvent> AmqpStream::on_frame(const amqp_frame_t& frame) {
    if (frame.frame_type == AMQP_FRAME_METHOD) return on_method(frame);
    if (frame.frame_type == AMQP_FRAME_HEADER) return on_header(frame);
    if (frame.frame_type == AMQP_FRAME_BODY) return on_body(frame);
    return std::nullopt;
}

std::optional<AmqpEvent> AmqpStream::on_method(const amqp_frame_t& frame) {
    switch (frame.payload.method.id) {
        case AMQP_BASIC_ACK_METHOD: {
            const auto& ack = decoded<amqp_basic_ack_t>(frame);
            return Confirmed{ack.delivery_tag, ack.multiple != 0, true};
        }
        case AMQP_BASIC_NACK_METHOD: {
            const auto& nack = decoded<amqp_basic_nack_t>(frame);
            return Confirmed{nack.delivery_tag, nack.multiple != 0, false};
        }
        case AMQP_BASIC_RETURN_METHOD:
            content_.emplace();
            content_->returned.emplace();
            content_->returned->why = to_text(decoded<amqp_basic_return_t>(frame).reply_text);
            return std::nullopt;
        case AMQP_BASIC_DELIVER_METHOD:
            content_.emplace();
            content_->delivered.tag = decoded<amqp_basic_deliver_t>(frame).delivery_tag;
            return std::nullopt;
        case AMQP_CONNECTION_BLOCKED_METHOD:
            return Blocked{to_text(decoded<amqp_connection_blocked_t>(frame).reason)};
        case AMQP_CONNECTION_UNBLOCKED_METHOD:
            return Unblocked{};
        case AMQP_BASIC_CANCEL_METHOD:
            return Ended{"the broker cancelled the consumer"};
        default:
            return on_close(frame);
    }
}

// The answer is written by the pump() or close() that follows; nobody waits for what comes of it.
std::optional<AmqpEvent> AmqpStream::on_close(const amqp_frame_t& frame) {
    std::string why;
    if (frame.payload.method.id == AMQP_CHANNEL_CLOSE_METHOD) {
        why = "channel closed: " + to_text(decoded<amqp_channel_close_t>(frame).reply_text);
    } else if (frame.payload.method.id == AMQP_CONNECTION_CLOSE_METHOD) {
        why = "connection closed: " + to_text(decoded<amqp_connection_close_t>(frame).reply_text);
    } else {
        return std::nullopt;  // nothing that concerns us
    }
    append_close_ok(out_, frame.channel);
    return Ended{std::move(why)};
}

std::optional<AmqpEvent> AmqpStream::on_header(const amqp_frame_t& frame) {
    if (!content_) return Ended{"a header without its method"};
    const auto& properties =
        *static_cast<const amqp_basic_properties_t*>(frame.payload.properties.decoded);
    content_->body_bytes = frame.payload.properties.body_size;
    content_->header_seen = true;
    if (content_->returned) content_->returned->tag = tag_in(properties);
    content_->delivered.at = time_in(properties);
    content_->delivered.body.reserve(std::min<std::size_t>(content_->body_bytes, kBodyReserveMax));
    return finish_content();
}

std::optional<AmqpEvent> AmqpStream::on_body(const amqp_frame_t& frame) {
    if (!content_ || !content_->header_seen) return Ended{"a body without its header"};
    const auto& part = frame.payload.body_fragment;
    content_->delivered.body.append(static_cast<const char*>(part.bytes), part.len);
    return finish_content();
}

std::optional<AmqpEvent> AmqpStream::finish_content() {
    if (content_->delivered.body.size() < content_->body_bytes) return std::nullopt;
    auto whole = std::move(*content_);
    content_.reset();
    if (whole.returned) return std::move(*whole.returned);
    return std::move(whole.delivered);
}

void AmqpStream::wait(Waker& waker, Instant until) {
    const auto now = clock_.now();
    const auto wake_at = std::min({until, dead_at(), unwritten() == 0 ? next_heartbeat() : until});
    const short interest = unwritten() == 0 ? POLLIN : POLLIN | POLLOUT;
    std::array<pollfd, 2> handles{
        pollfd{amqp_get_sockfd(link_->state()), interest, 0}, pollfd{waker.handle(), POLLIN, 0}};
    ::poll(handles.data(), handles.size(), poll_ms(wake_at - now));
    // Heartbeats of the broker do not come out of next(); whatever arrives is a sign of life.
    if ((handles[0].revents & POLLIN) != 0) heard_at_ = clock_.now();
    if ((handles[1].revents & POLLIN) != 0) waker.heard();
}

void AmqpStream::close() {
    if (!flush().ok() || unwritten() > 0) return;
    timeval at_most{};
    at_most.tv_usec = 0;
    at_most.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(kGoodbyeMax).count();
    amqp_set_rpc_timeout(link_->state(), &at_most);
    link_->close();
}

}  // namespace sluice
