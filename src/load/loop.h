#pragma once
// One thread's event loop on epoll: sockets and timers, nothing else. Not thread-safe.

#include <cstdint>
#include <functional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "load/monotonic.h"

namespace sluice::load {

class Source {
public:
    virtual ~Source() = default;
    virtual void ready(std::uint32_t events) = 0;  // of epoll
};

class Loop {
public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Edge-triggered for reading and writing, until the descriptor is closed or forgotten.
    bool watch(int descriptor, Source& source);
    void forget(int descriptor);
    void at(Nanos when, std::function<void()> action);
    // The time of the current turn; cheap.
    Nanos now() const { return now_; }
    // Turns until `finished` says so, which is asked once a turn (at least every 20 ms).
    void run(const std::function<bool()>& finished);

private:
    struct Timer {
        Nanos when;
        std::uint64_t order;  // first come, first served among equals
        std::function<void()> action;
    };
    struct Later {
        bool operator()(const Timer& left, const Timer& right) const {
            return left.when != right.when ? left.when > right.when : left.order > right.order;
        }
    };
    void run_timers();
    void turn();

    int epoll_ = -1;
    Nanos now_ = monotonic_now();
    std::uint64_t timers_made_ = 0;
    std::priority_queue<Timer, std::vector<Timer>, Later> timers_;
    std::unordered_map<int, Source*> sources_;  // by descriptor
};

}  // namespace sluice::load
