#pragma once
// A loop with a name: one turn, then a pause, until stop(). wake() cuts the pause short.

#include <functional>

#include "async/event.h"
#include "async/task_group.h"
#include "ports/clock.h"

namespace sluice {

class Periodic {
public:
    // `turn` returns the pause before the next one.
    Periodic(TaskGroup& tasks, Clock& clock, std::function<Task<Millis>()> turn);

    void start();
    void wake() { event_.notify(); }
    Event& event() { return event_; }
    void stop();

private:
    Task<void> run();

    TaskGroup& tasks_;
    Clock& clock_;
    std::function<Task<Millis>()> turn_;
    Event event_;
    bool stopping_ = false;
};

}  // namespace sluice
