#include "load/client.h"

#include "load/connection.h"

namespace sluice::load {
namespace {

constexpr Nanos kDeadlineLook = 50 * kMillisecond;
constexpr std::size_t kSpareTextsMax = 1'024;

}  // namespace

Client::Client(Loop& loop, Target target, std::size_t connections, Nanos answer_within)
    : loop_(loop), target_(std::move(target)), answer_within_(answer_within) {
    for (std::size_t i = 0; i < connections; ++i) {
        connections_.push_back(std::make_unique<Connection>(*this));
        free_.push_back(connections_.back().get());
    }
    watch_deadlines();
}

Client::~Client() { *alive_ = false; }

void Client::send(Request request) {
    waiting_.push_back(std::move(request));
    dispatch();
}

// A connection may fail at once and come back free while it is being started: the loop here meets
// it, not a recursion.
void Client::dispatch() {
    if (dispatching_) return;
    dispatching_ = true;
    while (!waiting_.empty() && !free_.empty()) {
        Connection* connection = free_.back();
        free_.pop_back();
        Request request = std::move(waiting_.front());
        waiting_.pop_front();
        ++busy_;
        connection->start(std::move(request), loop_.now() + answer_within_);
    }
    dispatching_ = false;
}

void Client::finished(Connection& connection) {
    --busy_;
    free_.push_back(&connection);
    if (spare_.size() > kSpareTextsMax) spare_.resize(kSpareTextsMax);
    dispatch();
}

std::string Client::spare_text() {
    if (spare_.empty()) return {};
    std::string text = std::move(spare_.back());
    spare_.pop_back();
    text.clear();
    return text;
}

void Client::watch_deadlines() {
    for (const auto& connection : connections_) {
        if (connection->overdue(loop_.now())) connection->give_up();
    }
    loop_.at(loop_.now() + kDeadlineLook, [this, alive = alive_] {
        if (*alive) watch_deadlines();
    });
}

}  // namespace sluice::load
