#pragma once
// Readers: lets a writer replace what others read without locks, and know when nobody reads the old
// one any more. A reader costs two atomic additions on a cache line that it shares with few others
// or none; it never waits. The writer waits until those have left who were there when it came or
// came while it changed columns: nanoseconds, unless such a thread is not scheduled. So it belongs
// on a lane.
//
//   reader:  const auto reading = readers.enter();  use(*current.load());  (and suspends nowhere)
//   writer:  old = current.exchange(fresh);  readers.wait_for_all();  delete old;
//
// Why that is safe: everything is sequentially consistent. Whoever loaded the old pointer had
// counted itself before, in one of two columns, and both columns are seen empty after the exchange.
// While one is waited for, new readers count themselves in the other, so each wait ends. (The
// scheme of SRCU: Paul McKenney, "Sleepable RCU", 2006.)

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace sluice::cache {

class Readers {
    static constexpr std::size_t kStripes =
        32;  // threads beyond that share; it only costs them speed

    struct alignas(64) Stripe {
        std::array<std::atomic<std::uint32_t>, 2> reading{};
    };

public:
    class [[nodiscard]] Reading {
    public:
        explicit Reading(std::atomic<std::uint32_t>& counter) : counter_(counter) {
            counter_.fetch_add(1);
        }
        ~Reading() { counter_.fetch_sub(1, std::memory_order_release); }
        Reading(const Reading&) = delete;
        Reading& operator=(const Reading&) = delete;

    private:
        std::atomic<std::uint32_t>& counter_;
    };

    Reading enter() const {
        return Reading(stripes_[my_stripe()].reading[column_.load(std::memory_order_relaxed) & 1U]);
    }

    // One thread at a time.
    void wait_for_all() {
        for (int both = 0; both < 2; ++both) {
            const std::uint32_t column = column_.fetch_add(1) & 1U;
            for (auto& stripe : stripes_) {
                while (stripe.reading[column].load() != 0) std::this_thread::yield();
            }
        }
    }

private:
    static std::size_t my_stripe() {
        static std::atomic<std::size_t> threads{0};
        constexpr std::size_t kNone = ~std::size_t{0};
        thread_local std::size_t mine = kNone;  // a constant, so that reading it needs no guard
        if (mine == kNone) [[unlikely]]
            mine = threads.fetch_add(1, std::memory_order_relaxed);
        return mine % kStripes;
    }

    mutable std::array<Stripe, kStripes> stripes_;
    std::atomic<std::uint32_t> column_{0};  // its last bit
};

}  // namespace sluice::cache
