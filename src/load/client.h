#pragma once
// A pool of keep-alive connections to one server, driven by a Loop. A request waits for a free
// connection; each connection carries one request at a time. A request whose connection breaks or
// that gets no answer in time is answered with status 0: what became of it is unknown, and nothing
// is repeated here. Not thread-safe.

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "load/http_text.h"
#include "load/loop.h"

namespace sluice::load {

struct Target {
    std::string address;  // IPv4, numeric
    std::uint16_t port = 0;
    std::string host() const { return address + ":" + std::to_string(port); }
};

class Receiver {
public:
    virtual ~Receiver() = default;
    virtual void answered(std::uint64_t tag, const Answer& answer) = 0;
};

struct Request {
    std::string text;
    Receiver* receiver = nullptr;
    std::uint64_t tag = 0;
    bool abandon =
        false;  // the buyer goes away right after sending: answered with status 0 at once
};

class Client {
public:
    Client(Loop& loop, Target target, std::size_t connections, Nanos answer_within);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(Request request);
    std::size_t waiting() const { return waiting_.size(); }
    std::size_t in_flight() const { return busy_; }
    bool idle() const { return waiting_.empty() && busy_ == 0; }
    std::uint64_t connects() const { return connects_; }
    // Text of a request that is over, to be filled again.
    std::string spare_text();

private:
    class Connection;
    void dispatch();
    void finished(Connection& connection);
    void watch_deadlines();

    Loop& loop_;
    const Target target_;
    const Nanos answer_within_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<Connection*> free_;
    std::deque<Request> waiting_;
    std::vector<std::string> spare_;
    std::size_t busy_ = 0;
    std::uint64_t connects_ = 0;
    bool dispatching_ = false;
    std::shared_ptr<bool> alive_ =
        std::make_shared<bool>(true);  // shared with the deadline timer, which may outlive this
};

}  // namespace sluice::load
