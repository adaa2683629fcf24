#include "async/task_group.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <vector>

namespace sluice {

struct TaskGroup::State {
    std::size_t running = 0;
    std::vector<Resume<Done>> joining;
};

TaskGroup::TaskGroup(Executor executor) : executor_(std::move(executor)), state_(std::make_shared<State>()) {}

void TaskGroup::spawn(Task<void> task) {
    ++state_->running;
    auto finished = [state = state_](const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);  // nobody may catch this: a task must not throw
        if (--state->running > 0) return;
        for (auto& resume : std::exchange(state->joining, {})) resume(Done{});
    };
    boost::asio::co_spawn(executor_, std::move(task), std::move(finished));
}

Task<void> TaskGroup::join() {
    if (state_->running == 0) co_return;
    auto start = [state = state_](Resume<Done> resume) { state->joining.push_back(std::move(resume)); };
    co_await suspend<Done>(std::move(start));
}

std::size_t TaskGroup::running() const { return state_->running; }

}  // namespace sluice
