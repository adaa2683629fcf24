#pragma once
// Waker: lets another thread end a lane's poll(2). Thread-safe; many calls between two waits cost
// one write.

#include <atomic>

#include "base/time.h"

namespace sluice {

class Waker {
public:
    Waker();
    ~Waker();
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;

    void wake();
    // For poll(2): readable after wake().
    int handle() const { return handle_; }
    // Before the lane looks at what it was woken for.
    void heard();
    // Sleeps until woken or for `at_most`.
    void wait(std::chrono::nanoseconds at_most);

private:
    const int handle_;
    std::atomic<bool> rung_{false};
};

// For poll(2): rounded up, so that a wait never ends early; bounded, so that "never" fits.
int poll_ms(std::chrono::nanoseconds time);

}  // namespace sluice
