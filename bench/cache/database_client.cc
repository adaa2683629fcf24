#include "database_client.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <string_view>
#include <utility>

namespace sluice::bench {
namespace {

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

DatabaseClient::DatabaseClient(Executor executor, const std::string& path) : socket_(executor) {
    socket_.connect(boost::asio::local::stream_protocol::endpoint(path));
    boost::asio::co_spawn(executor, listen(), boost::asio::detached);
}

Task<Result<std::uint32_t>> DatabaseClient::call(char verb, std::uint32_t key) {
    auto start = [this, verb, key](Resume<Result<std::uint32_t>> resume) {
        const std::uint64_t request = ++requests_;
        waiting_.emplace(request, std::move(resume));
        outgoing_ += verb;
        outgoing_ += ' ' + std::to_string(request) + ' ' + std::to_string(key) + '\n';
        if (std::exchange(sending_, true)) return;
        boost::asio::co_spawn(socket_.get_executor(), send_all(), boost::asio::detached);
    };
    return suspend<Result<std::uint32_t>>(start);
}

Task<void> DatabaseClient::send_all() {
    while (!outgoing_.empty()) {
        const std::string lines = std::exchange(outgoing_, std::string());
        co_await boost::asio::async_write(
            socket_, boost::asio::buffer(lines), boost::asio::use_awaitable
        );
    }
    sending_ = false;
}

Task<void> DatabaseClient::listen() {
    std::string incoming;
    auto buffer = boost::asio::dynamic_buffer(incoming);
    while (true) {
        co_await boost::asio::async_read_until(socket_, buffer, '\n', boost::asio::use_awaitable);
        const std::size_t end = incoming.rfind('\n') + 1;
        std::string_view rest(incoming.data(), end);
        while (!rest.empty()) {
            const std::size_t line = rest.find('\n');
            take(rest.substr(0, line));
            rest.remove_prefix(line + 1);
        }
        buffer.consume(end);
    }
}

void DatabaseClient::take(std::string_view line) {
    const std::size_t space = line.find(' ');
    auto waiting = waiting_.extract(number(line.substr(0, space)));
    if (waiting.empty()) return;
    const std::string_view answer = line.substr(space + 1);
    if (answer == "!") {
        waiting.mapped()(fail(Code::kUnavailable, "database down"));
    } else {
        waiting.mapped()(static_cast<std::uint32_t>(number(answer)));
    }
}

}  // namespace sluice::bench
