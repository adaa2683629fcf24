#pragma once
// Event: a sticky wake-up for one sleeper on the same executor. notify() before the sleep makes the next sleep return at
// once. Loops sleep on (deadline or event), so that stopping or new work never waits for a timer.

#include <functional>
#include <utility>

namespace sluice {

class Event {
public:
    void notify() {
        set_ = true;
        if (waker_) std::exchange(waker_, nullptr)();
    }
    bool take() { return std::exchange(set_, false); }

    // For Clock implementations: called once at the next notify(); nullptr disarms.
    void arm(std::function<void()> waker) { waker_ = std::move(waker); }

private:
    bool set_ = false;
    std::function<void()> waker_;
};

}  // namespace sluice
