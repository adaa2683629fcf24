#include "http/http_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <future>

namespace sluice::http {

TestServer::TestServer(Router router, Limits limits) : router_(std::move(router)) {
    const ListenerPorts ports{clock_, log_, stats_};
    listener_ = std::make_unique<HttpListener>(io_, ListenOptions{}, router_, limits, ports);
    const auto started = listener_->start();
    SLUICE_CHECK(started.ok());
    port_ = listener_->port();
    thread_ = std::thread{[this] { io_.run(); }};
}

TestServer::~TestServer() {
    boost::asio::post(io_, [this] { listener_.reset(); });
    io_.stop();
    thread_.join();
    listener_.reset();
}

void TestServer::on_thread(std::function<void(HttpListener&)> work) {
    std::promise<void> done;
    boost::asio::post(io_, [&] {
        work(*listener_);
        done.set_value();
    });
    done.get_future().wait();
}

void TestServer::drain() {
    std::promise<void> done;
    const auto wait = [](HttpListener& listener, std::promise<void>& finished) -> Task<void> {
        listener.drain();
        co_await listener.drained();
        finished.set_value();
    };
    boost::asio::co_spawn(io_, wait(*listener_, done), boost::asio::detached);
    done.get_future().wait();
}

TestClient::TestClient(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval guard{20, 0};  // a hanging server fails the test instead of hanging it
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof guard);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    SLUICE_CHECK(::connect(socket_, generic, sizeof address) == 0);
}

TestClient::~TestClient() { ::close(socket_); }

void TestClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;  // closed by the server: read() tells
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool TestClient::receive() {
    std::array<char, 16'384> part{};
    const ssize_t count = ::recv(socket_, part.data(), part.size(), 0);
    if (count <= 0) return false;
    input_.append(part.data(), static_cast<std::size_t>(count));
    return true;
}

Answer TestClient::read(bool head_only) {
    Answer answer;
    std::size_t end = std::string::npos;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
        if (!receive()) return answer;
    }
    answer.head = input_.substr(0, end + 2);
    input_.erase(0, end + 4);
    const std::string field = "Content-Length: ";
    const std::size_t at = answer.head.find(field);
    const std::size_t length =
        at == std::string::npos ? 0 : std::stoul(answer.head.substr(at + field.size()));
    while (!head_only && input_.size() < length) {
        if (!receive()) return answer;
    }
    if (!head_only) {
        answer.body = input_.substr(0, length);
        input_.erase(0, length);
    }
    answer.status = std::stoi(answer.head.substr(9, 3));
    return answer;
}

std::string TestClient::read_to_end() {
    while (receive()) {
    }
    return std::exchange(input_, {});
}

std::string get(std::string_view path, std::string_view fields) {
    return "GET " + std::string{path} + " HTTP/1.1\r\nHost: test\r\n" + std::string{fields} +
           "\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view fields) {
    return "POST " + std::string{path} +
           " HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n" +
           "Content-Length: " + std::to_string(body.size()) + "\r\n" + std::string{fields} +
           "\r\n" + std::string{body};
}

}  // namespace sluice::http
