#pragma once
// Time as the rest of the program sees it. The system clock in production, a virtual one in the simulator.

#include "async/event.h"
#include "async/task.h"
#include "base/time.h"

namespace sluice {

class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;    // CLOCK_BOOTTIME: never steps. Thread-safe.
    virtual WallTime wall() const = 0;  // UTC; may step. Thread-safe.
    // Returns at `at` (false), or as soon as `wake` is notified (true; the notification is consumed).
    virtual Task<bool> sleep_until(Instant at, Event& wake) = 0;

    Deadline in(Millis delay) const { return Deadline{now() + delay}; }
};

}  // namespace sluice
