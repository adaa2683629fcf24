#include "adapters/rabbitmq/waker.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "base/check.h"

namespace sluice {

Waker::Waker() : handle_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { SLUICE_CHECK(handle_ >= 0); }

Waker::~Waker() { ::close(handle_); }

void Waker::wake() {
    if (rung_.exchange(true)) return;
    const std::uint64_t one = 1;
    SLUICE_CHECK(::write(handle_, &one, sizeof one) == sizeof one);
}

// In this order: a wake() that falls between the two is not lost, because its reason is already
// there to be seen.
void Waker::heard() {
    std::uint64_t ignored = 0;
    (void)!::read(handle_, &ignored, sizeof ignored);
    rung_.store(false);
}

void Waker::wait(std::chrono::nanoseconds at_most) {
    pollfd readable{handle_, POLLIN, 0};
    ::poll(&readable, 1, poll_ms(at_most));
    heard();
}

int poll_ms(std::chrono::nanoseconds time) {
    constexpr std::chrono::nanoseconds kLongest = std::chrono::minutes{10};
    const auto bounded = std::clamp(time, std::chrono::nanoseconds{0}, kLongest);
    return static_cast<int>(std::chrono::ceil<Millis>(bounded).count());
}

}  // namespace sluice
