#pragma once
// Link: one TCP connection to Redis, from connecting to its end; a lost one is replaced by another
// object, so that its late handlers cannot touch the next. Belongs to the executor of its
// connection. Includes sockets: only for .cc files.

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <string>

#include "adapters/redis/endpoint.h"
#include "adapters/redis/reply.h"
#include "async/task.h"

namespace sluice {

class Link {
public:
    explicit Link(const Executor& executor) : resolver_(executor), socket_(executor) {}

    // All three end early when close() is called. Errors: kUnavailable with the reason.
    Task<Result<Done>> connect(RedisEndpoint endpoint);
    Task<Result<Done>> greet(RedisEndpoint endpoint);
    Task<Result<Reply>> read();

    // Hands bytes to the socket; `done` is called with false when it broke. One at a time; the link
    // outlives it.
    void write(std::string bytes, std::function<void(bool)> done);
    // Everything under way ends, with this reason.
    void close(std::string why);

private:
    Error failure(const char* what, const boost::system::error_code& ec) const;

    boost::asio::ip::tcp::resolver resolver_;
    boost::asio::ip::tcp::socket socket_;
    ReplyReader reader_;
    std::array<char, 65'536> buffer_{};
    std::string outgoing_;        // while it is being written
    std::string closed_because_;  // "": the peer or the system closed it
};

}  // namespace sluice
