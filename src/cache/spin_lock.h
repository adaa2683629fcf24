#pragma once
// A lock for sections of some ten nanoseconds: taking it is one atomic operation, giving it back a
// plain store, where a std::mutex needs two and a call. Who waits backs off, and yields in the end:
// a holder that was preempted gets its turn. Anderson: "The Performance of Spin Lock Alternatives
// for Shared-Memory Multiprocessors", IEEE TPDS 1990.

#include <algorithm>
#include <atomic>
#include <thread>

namespace sluice::cache {

class SpinLock {
public:
    void lock() {
        int pauses = kPausesFirst;
        while (locked_.exchange(true, std::memory_order_acquire)) {
            // Without looking, so that the holder keeps its line of the processor's cache.
            for (int i = 0; i < pauses; ++i) pause();
            if (pauses == kPausesMax) std::this_thread::yield();
            pauses = std::min(2 * pauses, kPausesMax);
        }
    }
    void unlock() { locked_.store(false, std::memory_order_release); }

private:
    static constexpr int kPausesFirst = 64;  // a few microseconds
    static constexpr int kPausesMax = 256;

    static void pause() {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        asm volatile("yield");
#endif
    }

    std::atomic<bool> locked_{false};
};

}  // namespace sluice::cache
