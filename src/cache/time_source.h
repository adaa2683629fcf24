#pragma once
// TimeSource: the little of time that a cache needs: a steady now, and a call at a later moment.
// adapters/system has the machine's; tests move a virtual one. Wall clocks do not occur: what the
// store says about time is mapped to Instants.

#include <functional>
#include <memory>

#include "async/task.h"
#include "base/time.h"

namespace sluice::cache {

// A call that is to come. Destroying it takes it back, unless it is on its way already.
class Timer {
public:
    virtual ~Timer() = default;
};

class TimeSource {
public:
    virtual ~TimeSource() = default;
    virtual Instant now() const = 0;  // never steps; cheap: every hit reads it. Thread-safe.
    // Calls `fire` on `executor` at `at`, or a little later. Thread-safe; the Timer is destroyed on
    // that executor.
    virtual std::unique_ptr<Timer> call_at(
        Instant at, const Executor& executor, std::function<void()> fire
    ) = 0;

    Deadline in(Millis delay) const { return Deadline{now() + delay}; }
};

}  // namespace sluice::cache
