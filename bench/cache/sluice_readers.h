#pragma once
// Many readers of a cache at once, as coroutines of one executor, and what they found.

#include <boost/asio/co_spawn.hpp>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <utility>

#include "sluice_cache.h"
#include "subject_loop.h"

namespace sluice::bench {

// How many coroutines are still under way; the starter waits for them.
class Crowd {
public:
    explicit Crowd(Executor executor) : executor_(executor) {}
    void spawn(Task<void> task) {
        ++running_;
        boost::asio::co_spawn(executor_, std::move(task), [this](std::exception_ptr failure) {
            --running_;
            if (failure) std::rethrow_exception(failure);
        });
    }
    Task<void> join() {
        while (running_ != 0) co_await pause(kTick);
    }
    bool done() const { return running_ == 0; }

private:
    Executor executor_;
    std::size_t running_ = 0;
};

struct Tally {
    std::uint64_t reads = 0;
    std::uint64_t next = 0;
    std::uint64_t errors = 0;
    std::uint64_t found = 0;
};

inline Task<std::uint32_t> read(SluiceCache& cache, std::uint32_t key, bool l2) {
    return l2 ? cache.read_without_l1(key) : cache.read(key);
}

// Reads until `tally.reads` have begun, together with the others that were given the same tally.
inline Task<void> read_some(SluiceCache& cache, Tally& tally, KeyChooser& next, bool l2) {
    while (tally.next < tally.reads) {
        const std::uint32_t outcome = co_await read(cache, next(tally.next++), l2);
        tally.errors += outcome == kFailed;
        tally.found += outcome != kFailed && outcome != 0;
    }
}

inline Task<Tally> closed_loop(
    SluiceCache& cache, Executor executor, Keys keys, std::uint64_t reads, std::size_t concurrency,
    bool l2
) {
    KeyChooser next(keys);
    Tally tally;
    tally.reads = reads;
    Crowd readers(executor);
    for (std::size_t i = 0; i < concurrency; ++i) readers.spawn(read_some(cache, tally, next, l2));
    co_await readers.join();
    co_return tally;
}

}  // namespace sluice::bench
