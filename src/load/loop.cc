#include "load/loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace sluice::load {
namespace {

constexpr Nanos kTurnMax = 20 * kMillisecond;

}  // namespace

Loop::Loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) { SLUICE_CHECK(epoll_ >= 0); }

Loop::~Loop() { ::close(epoll_); }

bool Loop::watch(int descriptor, Source& source) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.fd = descriptor;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) return false;
    sources_[descriptor] = &source;
    return true;
}

void Loop::forget(int descriptor) {
    if (sources_.erase(descriptor) > 0) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
}

void Loop::at(Nanos when, std::function<void()> action) {
    timers_.push(Timer{when, timers_made_++, std::move(action)});
}

void Loop::run_timers() {
    while (!timers_.empty() && timers_.top().when <= now_) {
        auto action = timers_.top().action;
        timers_.pop();
        action();
    }
}

void Loop::turn() {
    std::array<epoll_event, 256> events;
    const Nanos until =
        timers_.empty() ? now_ + kTurnMax : std::min(timers_.top().when, now_ + kTurnMax);
    const Nanos wait = std::max<Nanos>(until - now_, 0);
    // Waits to the nanosecond: an open loop keeps its times, and a client that shares the machine
    // with what it measures does not spin on a core of it.
    const timespec patience{wait / kSecond, wait % kSecond};
    const int count = ::epoll_pwait2(
        epoll_, events.data(), static_cast<int>(events.size()), &patience, nullptr
    );
    now_ = monotonic_now();
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        const auto found = sources_.find(event.data.fd);
        if (found != sources_.end()) found->second->ready(event.events);
    }
}

void Loop::run(const std::function<bool()>& finished) {
    now_ = monotonic_now();
    while (!finished()) {
        run_timers();
        turn();
    }
}

}  // namespace sluice::load
