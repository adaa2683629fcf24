#pragma once
// The machine's clocks: CLOCK_BOOTTIME for deadlines and leases, CLOCK_REALTIME for what people see. Sleeps run on the
// caller's executor by an Asio timer.

#include "ports/clock.h"

namespace sluice {

class SystemClock final : public Clock {
public:
    Instant now() const override;
    WallTime wall() const override;
    Task<bool> sleep_until(Instant at, Event& wake) override;
};

}  // namespace sluice
