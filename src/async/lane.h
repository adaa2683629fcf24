#pragma once
// Lane: where blocking work runs, one piece after the other in the order posted. ThreadLane owns a thread; InlineLane
// uses an executor instead, so that a simulated process stays on one thread.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "async/task.h"

namespace sluice {

class Lane {
public:
    virtual ~Lane() = default;
    // Thread-safe. The caller bounds how much it posts.
    virtual void post(std::function<void()> work) = 0;
};

class ThreadLane final : public Lane {
public:
    explicit ThreadLane(const std::string& name);  // at most 15 characters: the thread's name
    ~ThreadLane() override;                        // runs what was posted, then joins
    ThreadLane(const ThreadLane&) = delete;
    ThreadLane& operator=(const ThreadLane&) = delete;

    void post(std::function<void()> work) override;

private:
    void run();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> work_;  // guarded by mutex_
    bool stopping_ = false;                   // guarded by mutex_
    std::thread thread_;                      // last: starts when all else stands
};

class InlineLane final : public Lane {
public:
    explicit InlineLane(Executor executor) : executor_(std::move(executor)) {}
    void post(std::function<void()> work) override;

private:
    Executor executor_;
};

}  // namespace sluice
