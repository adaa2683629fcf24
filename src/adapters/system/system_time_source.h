#pragma once
// The machine's time for a cache: CLOCK_BOOTTIME, the clock of every Instant, and Asio timers.
// Thread-safe.

#include "cache/time_source.h"

namespace sluice {

class SystemTimeSource final : public cache::TimeSource {
public:
    Instant now() const override;
    std::unique_ptr<cache::Timer> call_at(
        Instant at, const Executor& executor, std::function<void()> fire
    ) override;
};

}  // namespace sluice
