#include "adapters/redis/connection_link.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <tuple>

#include "adapters/redis/reply_error.h"

namespace sluice {
namespace {

using boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;
constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable_t<>{});

}  // namespace

Error Link::failure(const char* what, const boost::system::error_code& ec) const {
    const std::string why = closed_because_.empty() ? ec.message() : closed_because_;
    return fail(Code::kUnavailable, std::string("redis: ") + what + ": " + why);
}

Task<Result<Done>> Link::connect(RedisEndpoint endpoint) {
    ErrorCode refused;
    ErrorCode ignored;
    const auto numeric = boost::asio::ip::make_address(endpoint.host, ignored);
    if (!ignored) {  // resolving would start a thread
        const tcp::endpoint address(numeric, endpoint.port);
        std::tie(refused) = co_await socket_.async_connect(address, kAwait);
    } else {
        auto [unknown, addresses] =
            co_await resolver_.async_resolve(endpoint.host, std::to_string(endpoint.port), kAwait);
        if (unknown) co_return failure("the host is not known", unknown);
        auto [ec, address] = co_await boost::asio::async_connect(socket_, addresses, kAwait);
        refused = ec;
    }
    if (refused) co_return failure("cannot connect", refused);
    socket_.set_option(tcp::no_delay{true}, ignored);
    socket_.set_option(boost::asio::socket_base::keep_alive{true}, ignored);
    co_return Done{};
}

// AUTH first; the rest shows that the server answers at all: one that still loads its data does
// not.
Task<Result<Done>> Link::greet(RedisEndpoint endpoint) {
    std::string bytes;
    int replies = 2;
    if (!endpoint.password.empty()) {
        std::vector<std::string_view> words{"AUTH"};
        if (!endpoint.user.empty()) words.push_back(endpoint.user);
        words.push_back(endpoint.password);
        bytes += format_command(words);
        ++replies;
    }
    bytes += format_command({"CLIENT", "SETNAME", "sluice"});
    bytes += format_command({"PING"});
    auto [broken, size] =
        co_await boost::asio::async_write(socket_, boost::asio::buffer(bytes), kAwait);
    if (broken) co_return failure("greeting", broken);
    for (int i = 0; i < replies; ++i) {
        auto reply = co_await read();
        if (!reply.ok()) co_return reply.error();
        if (reply->kind == Reply::Kind::kError) co_return error_of(reply->text, CallKind::kRead);
    }
    co_return Done{};
}

Task<Result<Reply>> Link::read() {
    for (;;) {
        auto reply = reader_.next();
        if (!reply.ok()) co_return reply.error();
        if (reply->has_value()) co_return std::move(**reply);
        auto [ec, size] = co_await socket_.async_read_some(boost::asio::buffer(buffer_), kAwait);
        if (ec) co_return failure("connection lost", ec);
        reader_.feed({buffer_.data(), size});
    }
}

void Link::write(std::string bytes, std::function<void(bool)> done) {
    outgoing_ = std::move(bytes);
    auto written = [done = std::move(done)](const ErrorCode& ec, std::size_t) { done(!ec); };
    boost::asio::async_write(socket_, boost::asio::buffer(outgoing_), std::move(written));
}

void Link::close(std::string why) {
    ErrorCode ignored;
    closed_because_ = std::move(why);
    resolver_.cancel();
    socket_.close(ignored);
}

}  // namespace sluice
