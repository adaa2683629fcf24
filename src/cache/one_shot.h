#pragma once
// OneShot<T>: one value from any thread to one waiting coroutine, which resumes on its own
// executor. The first answer counts: a result and a deadline may race.

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "async/suspend.h"
#include "cache/time_source.h"

namespace sluice::cache {

template <class T>
class OneShot {
public:
    // False: it has been answered before, and this value is dropped.
    bool answer(T value) {
        std::optional<Resume<T>> waiting;
        {
            const std::lock_guard lock(mutex_);
            if (answered_) return false;
            answered_ = true;
            if (!waiting_) {
                value_.emplace(std::move(value));
                return true;
            }
            waiting.swap(waiting_);
        }
        (*waiting)(std::move(value));
        return true;
    }
    // The answer, when it came before anybody waited; then nobody may wait any more.
    std::optional<T> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(value_, std::nullopt);
    }
    bool answered() const {
        const std::lock_guard lock(mutex_);
        return answered_;
    }
    void arm(Resume<T> resume) {
        {
            const std::lock_guard lock(mutex_);
            if (!value_) {
                waiting_.emplace(std::move(resume));
                return;
            }
        }
        resume(std::move(*value_));  // nobody changes it any more
    }

private:
    mutable std::mutex mutex_;
    bool answered_ = false;             // guarded by mutex_, like the rest
    std::optional<T> value_;            // answered before anybody waited
    std::optional<Resume<T>> waiting_;  // nullopt once answered
};

template <class T>
Task<T> wait_for(std::shared_ptr<OneShot<T>> shot) {
    auto start = [shot = std::move(shot)](Resume<T> resume) { shot->arm(std::move(resume)); };
    return suspend<T>(std::move(start));
}

// Answers the shot itself with `late` at the deadline. `time` outlives the wait.
template <class T>
Task<T> wait_until(
    std::shared_ptr<OneShot<T>> shot, TimeSource& time, Executor executor, Deadline deadline, T late
) {
    std::unique_ptr<Timer> timer;
    if (deadline.at != Instant::max()) {
        auto fire = [shot, late = std::move(late)] { shot->answer(late); };
        timer = time.call_at(deadline.at, executor, std::move(fire));
    }
    co_return co_await wait_for(std::move(shot));
}

inline Task<void> sleep_until(TimeSource& time, Executor executor, Instant at) {
    auto shot = std::make_shared<OneShot<Done>>();
    co_await wait_until(std::move(shot), time, std::move(executor), Deadline{at}, Done{});
}

}  // namespace sluice::cache
