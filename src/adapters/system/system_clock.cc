#include "adapters/system/system_clock.h"

#include <time.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluice {
namespace {

std::int64_t nanoseconds_of(clockid_t clock) {
    timespec time{};
    SLUICE_CHECK(clock_gettime(clock, &time) == 0);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// Longest single timer: keeps Instant::max() away from the timer's arithmetic.
constexpr std::chrono::hours kSleepMax{24};

}  // namespace

Instant SystemClock::now() const { return Instant{std::chrono::nanoseconds{nanoseconds_of(CLOCK_BOOTTIME)}}; }

WallTime SystemClock::wall() const { return wall_from_ms(nanoseconds_of(CLOCK_REALTIME) / 1'000'000); }

Task<bool> SystemClock::sleep_until(Instant at, Event& wake) {
    if (wake.take()) co_return true;
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    while (now() < at) {
        const auto left = std::min<std::chrono::nanoseconds>(at - now(), kSleepMax);
        timer.expires_after(left);
        wake.arm([&timer] { timer.cancel(); });
        co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        wake.arm(nullptr);
        if (wake.take()) co_return true;
    }
    co_return false;
}

}  // namespace sluice
