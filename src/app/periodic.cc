#include "app/periodic.h"

#include <utility>

namespace sluice {

Periodic::Periodic(TaskGroup& tasks, Clock& clock, std::function<Task<Millis>()> turn)
    : tasks_(tasks), clock_(clock), turn_(std::move(turn)) {}

void Periodic::start() { tasks_.spawn(run()); }

void Periodic::stop() {
    stopping_ = true;
    event_.notify();
}

Task<void> Periodic::run() {
    while (!stopping_) {
        const Millis pause = co_await turn_();
        if (stopping_) break;
        co_await clock_.sleep_until(clock_.now() + pause, event_);
    }
}

}  // namespace sluice
