#include "adapters/system/system_time_source.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>

#include "adapters/system/system_clock.h"

namespace sluice {
namespace {

// A timer of CLOCK_MONOTONIC, which stands still while the machine sleeps: then a call comes that
// much later.
class AsioTimer final : public cache::Timer {
public:
    AsioTimer(const Executor& executor, std::chrono::nanoseconds delay, std::function<void()> fire)
        : timer_(executor) {
        timer_.expires_after(delay);
        timer_.async_wait([fire = std::move(fire)](const boost::system::error_code& ec) {
            if (!ec) fire();
        });
    }

private:
    boost::asio::steady_timer timer_;
};

// Keeps Instant::max() away from the timer's arithmetic. No cache waits so long.
constexpr std::chrono::hours kDelayMax{24 * 365};

}  // namespace

Instant SystemTimeSource::now() const { return SystemClock{}.now(); }

std::unique_ptr<cache::Timer> SystemTimeSource::call_at(
    Instant at, const Executor& executor, std::function<void()> fire
) {
    const Instant current = now();
    const std::chrono::nanoseconds delay =
        at <= current ? std::chrono::nanoseconds{0} : at - current;
    return std::make_unique<AsioTimer>(
        executor, std::min<std::chrono::nanoseconds>(delay, kDelayMax), std::move(fire)
    );
}

}  // namespace sluice
