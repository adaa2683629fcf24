#pragma once
// TaskGroup: tasks that belong to one owner on one executor. The owner joins it before it goes away; join() waits until
// none is running. Destroying a group does not stop its tasks and is only right when its executor will run nothing more;
// an executor that is destroyed takes its tasks with it, and whoever waits in join().

#include <cstddef>
#include <memory>

#include "async/suspend.h"

namespace sluice {

class TaskGroup {
public:
    explicit TaskGroup(Executor executor);

    // Starts the task on the group's executor (posted, never run inline). A task that throws ends the program.
    void spawn(Task<void> task);
    Task<void> join();
    std::size_t running() const;
    const Executor& executor() const { return executor_; }

private:
    struct State;
    class Running;
    Executor executor_;
    std::shared_ptr<State> state_;  // shared with completion handlers, which may outlive the group
};

}  // namespace sluice
