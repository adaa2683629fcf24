// The questions of stack/process.h that go over 127.0.0.1.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "stack/process.h"

namespace sluice::stack {
namespace {

constexpr int kAskMs = 1'000;

class Socket {
public:
    Socket() : handle_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
    ~Socket() {
        if (handle_ >= 0) ::close(handle_);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    int get() const { return handle_; }

private:
    const int handle_;
};

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

// The sockets API takes every address as a sockaddr (ip(7)).
const sockaddr* generic(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

bool bind_to(const Socket& socket, std::uint16_t port) {
    const int yes = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const auto address = loopback(port);
    return ::bind(socket.get(), generic(address), sizeof address) == 0 &&
           ::listen(socket.get(), 1) == 0;
}

}  // namespace

Result<std::uint16_t> free_port() {
    const Socket socket;
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (!bind_to(socket, 0) ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return fail(Code::kUnavailable, std::string("no free port: ") + std::strerror(errno));
    }
    return ntohs(address.sin_port);
}

std::optional<std::string> why_not_free(std::uint16_t port) {
    const Socket socket;
    if (bind_to(socket, port)) return std::nullopt;
    return std::string(std::strerror(errno));
}

std::string ask(std::uint16_t port, const std::string& request) {
    const Socket socket;
    const auto address = loopback(port);
    if (::connect(socket.get(), generic(address), sizeof address) != 0) return "";
    if (!request.empty() && ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0)
        return "";
    pollfd readable{socket.get(), POLLIN, 0};
    if (::poll(&readable, 1, kAskMs) != 1) return "";
    std::string answer(512, '\0');
    const ssize_t got = ::recv(socket.get(), answer.data(), answer.size(), 0);
    answer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return answer;
}

}  // namespace sluice::stack
