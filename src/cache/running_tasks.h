#pragma once
// RunningTasks: what must have ended before a cache may go: its rebuilds, on any executors.
// Thread-safe.

#include <boost/asio/co_spawn.hpp>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

#include "cache/one_shot.h"

namespace sluice::cache {

class RunningTasks : public std::enable_shared_from_this<RunningTasks> {
public:
    // Posted, never run inline. A task that throws ends the program.
    void spawn(const Executor& executor, Task<void> task) {
        {
            const std::lock_guard lock(mutex_);
            ++running_;
        }
        auto ended = [self = shared_from_this()](const std::exception_ptr& failure) {
            if (failure) std::rethrow_exception(failure);
            self->end();
        };
        boost::asio::co_spawn(executor, std::move(task), std::move(ended));
    }
    // Counts as a task while it lives.
    class Guard {
    public:
        explicit Guard(std::shared_ptr<RunningTasks> tasks) : tasks_(std::move(tasks)) {
            const std::lock_guard lock(tasks_->mutex_);
            ++tasks_->running_;
        }
        ~Guard() { tasks_->end(); }
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

    private:
        std::shared_ptr<RunningTasks> tasks_;
    };

    void stop() {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    bool stopping() const {
        const std::lock_guard lock(mutex_);
        return stopping_;
    }
    Task<void> join() {
        auto shot = std::make_shared<OneShot<Done>>();
        {
            const std::lock_guard lock(mutex_);
            if (running_ > 0)
                joining_.push_back(shot);
            else
                shot->answer(Done{});
        }
        co_await wait_for(std::move(shot));
    }

private:
    void end() {
        const std::lock_guard lock(mutex_);
        if (--running_ > 0) return;
        for (const auto& shot : joining_) shot->answer(Done{});
        joining_.clear();
    }

    mutable std::mutex mutex_;
    std::size_t running_ = 0;  // guarded by mutex_, like the rest
    bool stopping_ = false;
    std::vector<std::shared_ptr<OneShot<Done>>> joining_;
};

}  // namespace sluice::cache
