// A library that is preloaded into a server under test, so that the test sets its time of day. The
// server's own code runs unchanged: only the two calls by which Redis asks the system for the time
// answer from a file that the test has mapped too. Time stands still between two settings; 0 means
// the real one. Monotonic time is never touched.
//
// (libfaketime would be the obvious tool, but it and jemalloc, which Debian's Redis allocates with,
// wait for each other for ever at start.)

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

using Micros = std::atomic<std::int64_t>;  // since 1970
static_assert(Micros::is_always_lock_free);

const Micros* mapped_time() {
    const char* path = std::getenv("SLUICE_STEP_CLOCK");
    if (path == nullptr) return nullptr;
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) std::abort();
    void* memory = ::mmap(nullptr, sizeof(Micros), PROT_READ, MAP_SHARED, file, 0);
    ::close(file);
    if (memory == MAP_FAILED) std::abort();
    return static_cast<const Micros*>(memory);
}

const Micros* const set_time = mapped_time();  // nullptr: real time, as before this is initialised

std::int64_t now_micros() {
    const std::int64_t set = set_time == nullptr ? 0 : set_time->load();
    if (set != 0) return set;
    timespec real{};
    ::syscall(SYS_clock_gettime, CLOCK_REALTIME, &real);
    return std::int64_t{real.tv_sec} * 1'000'000 + real.tv_nsec / 1'000;
}

}  // namespace

extern "C" int gettimeofday(timeval* time, void*) noexcept {  // tidy: allow
    const std::int64_t now = now_micros();
    time->tv_sec = now / 1'000'000;
    time->tv_usec = now % 1'000'000;
    return 0;
}

extern "C" std::time_t time(std::time_t* result) noexcept {
    const std::time_t now = now_micros() / 1'000'000;
    if (result != nullptr) *result = now;
    return now;
}
