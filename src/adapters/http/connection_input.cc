// The reading half of Connection: bytes to one whole request.

#include "adapters/http/connection.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

namespace sluice::http {
namespace {

constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable_t<>{});
constexpr std::size_t kFirstBufferBytes = 2'048;  // most requests fit
constexpr std::size_t kReadBytesMin = 1'024;      // room offered to every read

using ErrorCode = boost::system::error_code;

void append_number(std::string& out, std::uint64_t value) {
    std::array<char, 24> digits{};
    out.append(
        digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr
    );
}

}  // namespace

Connection::Next Connection::refuse(Error error) {
    refusal_ = std::move(error);
    return Next::kRefuse;
}

Task<Connection::Next> Connection::read_request() {
    request_.id.assign(shared_->id_prefix);
    append_number(request_.id, ++shared_->requests);
    request_.path = {};
    request_.method = Method::kGet;
    Next next = co_await read_head();
    if (next != Next::kAnswer) co_return next;
    const RequestParser::Status status = parser_.parse_head(head_);
    if (status == RequestParser::Status::kFailed) co_return refuse(parser_.error());
    if (status == RequestParser::Status::kNeedMore) next = co_await read_body();
    co_return next;
}

// Moves one complete head from the input to head_.
Task<Connection::Next> Connection::read_head() {
    enter(begin_ == end_ ? Phase::kIdle : Phase::kHead);
    std::size_t seen = 0;
    while (true) {
        while (end_ - begin_ >= 2 && buffer_[begin_] == '\r' && buffer_[begin_ + 1] == '\n') {
            begin_ += 2;  // RFC 9112 §2.2: empty lines before a request are ignored
            seen = 0;
        }
        const std::size_t length = RequestParser::head_length(input(), seen);
        if (length > shared_->limits.header_bytes_max)
            co_return refuse(fail(Code::kHeaderTooLarge));
        if (length > 0) {
            head_.assign(buffer_.data() + begin_, length);
            begin_ += length;
            co_return Next::kAnswer;
        }
        seen = end_ - begin_;
        if (seen >= shared_->limits.header_bytes_max) co_return refuse(fail(Code::kHeaderTooLarge));
        if (phase_ == Phase::kIdle && seen > 0) enter(Phase::kHead);
        if (phase_ == Phase::kIdle && shared_->draining && !read_now()) co_return Next::kClose;
        if (end_ - begin_ > seen) continue;
        if (!co_await fill()) co_return after_failed_fill();
    }
}

Task<Connection::Next> Connection::read_body() {
    enter(Phase::kBody);
    if (begin_ == end_ && parser_.expects_continue()) {
        if (!co_await send("HTTP/1.1 100 Continue\r\n\r\n")) co_return Next::kClose;
        enter(Phase::kBody);
    }
    while (true) {
        std::size_t used = 0;
        const RequestParser::Status status = parser_.parse_body(input(), used);
        begin_ += used;
        if (status == RequestParser::Status::kDone) co_return Next::kAnswer;
        if (status == RequestParser::Status::kFailed) co_return refuse(parser_.error());
        if (end_ - begin_ > shared_->limits.header_bytes_max) {
            co_return refuse(fail(Code::kBadRequest, "a chunk header or trailer is too large"));
        }
        if (!co_await fill()) co_return after_failed_fill();
    }
}

Connection::Next Connection::after_failed_fill() {
    if (phase_ == Phase::kIdle || !timed_out_ || gone_) return Next::kClose;
    return refuse(fail(Code::kRequestTimeout));
}

// One read without waiting; false when nothing is there.
bool Connection::read_now() {
    if (begin_ == end_) begin_ = end_ = 0;
    buffer_.resize(std::max(buffer_.size(), end_ + kReadBytesMin));
    ErrorCode ec;
    end_ +=
        socket_.read_some(boost::asio::buffer(buffer_.data() + end_, buffer_.size() - end_), ec);
    return !ec;
}

// Waits for more input. False: the client is gone, time is up, or the listener drains and nothing
// came.
Task<bool> Connection::fill() {
    if (begin_ > 0) {
        std::copy(
            buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin()
        );
        end_ -= begin_;
        begin_ = 0;
    }
    if (buffer_.size() - end_ < kReadBytesMin)
        buffer_.resize(std::max(kFirstBufferBytes, buffer_.size() * 2));
    const auto room = boost::asio::buffer(buffer_.data() + end_, buffer_.size() - end_);
    const auto [ec, count] = co_await socket_.async_read_some(room, kAwait);
    end_ += count;
    if (!ec) co_return true;
    const bool drained = phase_ == Phase::kIdle && shared_->draining && !timed_out_ && !gone_;
    co_return drained&& read_now();  // a request that arrived just before the drain is still served
}

}  // namespace sluice::http
