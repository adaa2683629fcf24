#include "load/connection.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace sluice::load {

bool Client::Connection::open() {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return false;
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(owner_.target_.port);
    const bool numeric =
        ::inet_pton(AF_INET, owner_.target_.address.c_str(), &address.sin_addr) == 1;
    const void* raw = &address;
    const bool connected =
        numeric && ::connect(socket_, static_cast<const sockaddr*>(raw), sizeof address) == 0;
    if (!numeric || (!connected && errno != EINPROGRESS) || !owner_.loop_.watch(socket_, *this))
        return false;
    ++owner_.connects_;
    return true;
}

void Client::Connection::drop() {
    if (socket_ < 0) return;
    owner_.loop_.forget(socket_);
    ::close(socket_);
    socket_ = -1;
    received_.clear();
}

void Client::Connection::start(Request request, Nanos deadline) {
    request_ = std::move(request);
    deadline_ = deadline;
    busy_ = true;
    written_ = 0;
    if (socket_ < 0 && !open()) return give_up();
    write();
}

void Client::Connection::write() {
    while (written_ < request_.text.size()) {
        const ssize_t n = ::send(
            socket_, request_.text.data() + written_, request_.text.size() - written_, MSG_NOSIGNAL
        );
        if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN))
            return;  // told by epoll
        if (n < 0) return give_up();
        written_ += static_cast<std::size_t>(n);
    }
    if (request_.abandon) give_up();
}

void Client::Connection::ready(std::uint32_t events) {
    if (socket_ >= 0 && busy_ && (events & EPOLLOUT) != 0 && written_ < request_.text.size())
        write();
    if (socket_ >= 0 && (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) read();
}

void Client::Connection::read() {
    std::array<char, 16'384> part;
    while (socket_ >= 0) {
        const ssize_t n = ::recv(socket_, part.data(), part.size(), 0);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) return busy_ ? give_up() : drop();
        if (!busy_) return drop();  // nobody asked
        received_.append(part.data(), static_cast<std::size_t>(n));
        Answer answer;
        std::size_t length = 0;
        switch (read_answer(received_, answer, length)) {
            case Read::kMore:
                break;
            case Read::kBroken:
                return give_up();
            case Read::kDone:
                return finish(answer);
        }
    }
}

void Client::Connection::finish(const Answer& answer) {
    busy_ = false;
    request_.receiver->answered(request_.tag, answer);
    if (answer.close) drop();
    received_.clear();
    owner_.spare_.push_back(std::move(request_.text));
    owner_.finished(*this);
}

void Client::Connection::give_up() {
    drop();
    busy_ = false;
    request_.receiver->answered(request_.tag, Answer{});
    owner_.finished(*this);
}

}  // namespace sluice::load
