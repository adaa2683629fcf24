#include "async/task_group.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <vector>

namespace sluice {

struct TaskGroup::State {
    std::size_t running = 0;
    std::vector<Resume<Done>> joining;
};

// One of the running tasks. Its executor may end before it does: whoever joins is then dropped with the last of them,
// because a coroutine that owns its group and waits for it would otherwise be owned by nobody but itself.
class TaskGroup::Running {
public:
    explicit Running(std::shared_ptr<State> state) : state_(std::move(state)) { ++state_->running; }
    Running(Running&&) noexcept = default;
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    Running& operator=(Running&&) = delete;
    ~Running() { const auto dropped = leave(); }

    void finish() {
        for (auto& resume : leave()) resume(Done{});
    }

private:
    std::vector<Resume<Done>> leave() {  // who waited for nobody but this one
        const auto state = std::exchange(state_, nullptr);
        if (state == nullptr || --state->running > 0) return {};
        return std::exchange(state->joining, {});
    }

    std::shared_ptr<State> state_;  // nullptr once it left
};

TaskGroup::TaskGroup(Executor executor) : executor_(std::move(executor)), state_(std::make_shared<State>()) {}

void TaskGroup::spawn(Task<void> task) {
    auto finished = [running = Running(state_)](const std::exception_ptr& failure) mutable {
        if (failure) std::rethrow_exception(failure);  // nobody may catch this: a task must not throw
        running.finish();
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
