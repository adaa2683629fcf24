#include "adapters/http/connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "adapters/http/problem.h"

namespace sluice::http {
namespace {

constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable_t<>{});
constexpr std::size_t kLingerReadBytes = 2'048;
constexpr std::size_t kLingerBytesMax = 256 * 1024;
constexpr Millis kLingerTime{1'000};

using ErrorCode = boost::system::error_code;

}  // namespace

Connection::Connection(std::shared_ptr<Shared> shared, Socket socket, std::string peer)
    : shared_(std::move(shared)), socket_(std::move(socket)), parser_(shared_->limits, request_) {
    request_.peer = std::move(peer);
    request_.draining = &shared_->draining;
    place_ = shared_->connections.size();
    shared_->connections.push_back(this);
    ++shared_->per_address[request_.peer];
    shared_->stats.connection_opened();
}

Connection::~Connection() {
    Connection* last = shared_->connections.back();
    shared_->connections[place_] = last;
    last->place_ = place_;
    shared_->connections.pop_back();
    const auto count = shared_->per_address.find(request_.peer);
    if (--count->second == 0) shared_->per_address.erase(count);
    shared_->stats.connection_closed();
}

void Connection::enter(Phase phase) {
    phase_ = phase;
    timed_out_ = false;
    const auto limit = [&](Millis time) { return shared_->clock.now() + time; };
    switch (phase) {
        case Phase::kIdle:
            limit_ = limit(shared_->limits.idle_time);
            return;
        case Phase::kHead:
            limit_ = limit(shared_->limits.header_time);
            return;
        case Phase::kBody:
            limit_ = limit(shared_->limits.body_time);
            return;
        case Phase::kHandling:
            limit_ = Instant::max();
            return;  // handlers have deadlines of their own
        case Phase::kWriting:
            limit_ = limit(shared_->limits.write_time);
            return;
        case Phase::kLingering:
            limit_ = limit(kLingerTime);
            return;
    }
}

void Connection::check_time(Instant now) {
    if (now < limit_) return;
    limit_ = Instant::max();
    timed_out_ = true;
    ErrorCode ignored;
    socket_.cancel(ignored);
}

void Connection::drain() {
    if (phase_ != Phase::kIdle) return;
    ErrorCode ignored;
    socket_.cancel(ignored);
}

void Connection::abort() {
    gone_ = true;
    ErrorCode ignored;
    socket_.close(ignored);
}

Task<void> Connection::run() {
    ErrorCode ec;
    socket_.set_option(boost::asio::ip::tcp::no_delay{true}, ec);
    socket_.non_blocking(true, ec);
    bool keep = !ec;
    while (keep && !gone_) {
        const Next next = co_await read_request();
        if (next == Next::kClose) co_return;  // no answer is on its way
        if (next == Next::kRefuse) {
            shared_->unmatched->observe(
                info(refusal_.code).http_status, std::chrono::nanoseconds{0}
            );
            const Response response = problem(request_, refusal_);
            co_await send_response(response, false);
            break;  // where the next request would begin is unknown
        }
        keep = co_await answer();
    }
    co_await linger();
}

Task<bool> Connection::answer() {
    enter(Phase::kHandling);
    const Instant began = shared_->clock.now();
    const Router::Match match = shared_->router.match(request_.method, request_.path);
    Response response;
    if (match.route == nullptr) {
        response = refuse_unmatched(match);
    } else if (!take_path_values(match)) {
        response = problem(request_, fail(Code::kBadRequest, "the path has a bad escape"));
    } else {
        response = co_await handle(*match.route);
    }
    RouteStats* stats =
        match.route == nullptr ? shared_->unmatched : shared_->route_stats[match.route->index];
    stats->observe(response.status, shared_->clock.now() - began);
    const bool keep_alive = parser_.keep_alive() && !parser_.is_http_1_0() && !shared_->draining &&
                            response.stream == nullptr;
    if (!co_await send_response(response, keep_alive)) co_return false;
    if (response.stream != nullptr && request_.method != Method::kHead)
        co_await run_stream(response);
    co_return keep_alive;
}

Response Connection::refuse_unmatched(const Router::Match& match) const {
    if (match.allow.empty()) return problem(request_, fail(Code::kNotFound));
    Response response = problem(request_, fail(Code::kMethodNotAllowed));
    response.set("Allow", match.allow);
    return response;
}

bool Connection::take_path_values(const Router::Match& match) {
    for (std::size_t i = 0; i < match.values_count; ++i) {
        if (match.values[i].find('%') == std::string_view::npos) {
            request_.path_values[i].assign(match.values[i]);
            continue;
        }
        auto decoded = percent_decode(match.values[i], false);
        if (!decoded) return false;
        request_.path_values[i] = std::move(*decoded);
    }
    return true;
}

Task<Response> Connection::handle(const Route& route) {
    std::string failure;
    try {
        co_return co_await route.handler(request_);
    } catch (const std::exception& thrown) {
        failure = thrown.what();
    }
    shared_->log.error(
        "http", "a handler threw",
        {{"route", route.pattern}, {"request", request_.id}, {"what", failure}}
    );
    co_return problem(request_, fail(Code::kInternal));
}

Task<bool> Connection::send_response(const Response& response, bool keep_alive) {
    Framing framing;
    framing.date_line = shared_->date_line;
    framing.keep_alive = keep_alive;
    framing.with_body = request_.method != Method::kHead;
    framing.chunked = !parser_.is_http_1_0();
    out_.clear();
    append_response(out_, response, framing);
    co_return co_await send(out_);
}

Task<void> Connection::run_stream(const Response& response) {
    std::string failure;
    try {
        co_await response.stream(*this);
    } catch (const std::exception& thrown) {
        failure = thrown.what();
    }
    if (!failure.empty())
        shared_->log.error("http", "a stream threw", {{"request", request_.id}, {"what", failure}});
    const bool whole = failure.empty() && !gone_;
    if (whole && !parser_.is_http_1_0())
        co_await send(kLastChunk);  // without it the client sees a torn body
}

Task<bool> Connection::write(std::string piece) {
    out_.clear();
    if (parser_.is_http_1_0()) {
        out_.append(piece);
    } else {
        append_chunk(out_, piece);
    }
    const bool sent = co_await send(out_);
    enter(Phase::kHandling);
    co_return sent;
}

// Most answers fit into the socket's buffer: only what does not is waited for.
Task<bool> Connection::send(std::string_view bytes) {
    ErrorCode ec;
    while (!bytes.empty() && !ec)
        bytes.remove_prefix(socket_.write_some(boost::asio::buffer(bytes), ec));
    if (!ec) co_return true;
    if (ec == boost::asio::error::would_block || ec == boost::asio::error::try_again) {
        enter(Phase::kWriting);
        const auto [failed, count] =
            co_await boost::asio::async_write(socket_, boost::asio::buffer(bytes), kAwait);
        ec = failed;
    }
    gone_ = gone_ || ec;
    co_return !gone_;
}

// After the last answer: says so, and reads on for a moment, because closing with unread input
// would reset the connection and could take the answer with it (RFC 9112 §9.6).
Task<void> Connection::linger() {
    ErrorCode ec;
    if (gone_ || !socket_.is_open()) co_return;
    socket_.shutdown(boost::asio::socket_base::shutdown_send, ec);
    enter(Phase::kLingering);
    begin_ = end_ = 0;
    std::size_t left = kLingerBytesMax;
    while (!ec && left > 0) {
        if (buffer_.size() < kLingerReadBytes) buffer_.resize(kLingerReadBytes);
        const auto [failed, count] =
            co_await socket_.async_read_some(boost::asio::buffer(buffer_), kAwait);
        ec = failed;
        left -= std::min(left, count);
    }
    socket_.close(ec);
}

}  // namespace sluice::http
