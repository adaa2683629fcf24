#pragma once
// The load loop of a subject in C++: the same arithmetic as subject.mjs, which README.md specifies:
// keys, moments, records. Everything runs on one executor.

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <optional>
#include <string>

#include "async/task.h"

namespace sluice::bench {

inline constexpr std::uint32_t kFailed = 0xffffffff;  // outcomes of a read that are no version
inline constexpr std::uint32_t kUnanswered = 0xfffffffe;
inline constexpr std::chrono::milliseconds kTick{1};

// CLOCK_MONOTONIC: one time line for all processes of a run.
inline std::uint64_t monotonic_ns() {
    const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(since_boot).count());
}

// Marsaglia's xorshift32 (13, 17, 5).
class Xorshift32 {
public:
    explicit Xorshift32(std::uint32_t seed) : state_(seed == 0 ? 1 : seed) {}
    std::uint32_t operator()() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 17;
        state_ ^= state_ << 5;
        return state_;
    }

private:
    std::uint32_t state_;
};

struct KeyRange {
    std::uint32_t first = 0;
    std::uint32_t count = 1;
};

struct Keys {
    KeyRange warm;
    KeyRange cold;
    std::uint32_t cold_every = 0;  // 0: never; else every so many-th read is for the next cold key
    bool random = false;
    std::uint32_t seed = 1;
};

// The key of read i; asked for i = 0, 1, 2 …
class KeyChooser {
public:
    explicit KeyChooser(const Keys& keys) : keys_(keys), random_(keys.seed) {}
    std::uint32_t operator()(std::uint64_t i) {
        if (keys_.cold_every != 0 && i % keys_.cold_every == keys_.cold_every - 1) {
            return keys_.cold.first + colder_++ % keys_.cold.count;
        }
        if (keys_.random) return keys_.warm.first + random_() % keys_.warm.count;
        return keys_.warm.first + static_cast<std::uint32_t>(i % keys_.warm.count);
    }

private:
    const Keys keys_;
    Xorshift32 random_;
    std::uint32_t colder_ = 0;
};

// As it lies in the file: little endian, 32 bytes.
struct Record {
    std::uint64_t intended = 0;
    std::uint64_t issued = 0;
    std::uint64_t done = 0;  // 0: not answered yet
    std::uint32_t key = 0;
    std::uint32_t outcome = kUnanswered;
};
static_assert(sizeof(Record) == 32);

class Samples {
public:
    // The record stays where it is.
    Record& add(std::uint64_t intended, std::uint32_t key) {
        Record record;
        record.intended = intended;
        record.issued = monotonic_ns();
        record.key = key;
        return records_.emplace_back(record);
    }
    static void answer(Record& record, std::uint32_t outcome) {
        record.done = monotonic_ns();
        record.outcome = outcome;
    }
    bool all_answered() const {
        for (const Record& record : records_) {
            if (record.done == 0) return false;
        }
        return true;
    }
    // False: not written.
    bool write(const std::string& path) const {
        const std::uint64_t now = monotonic_ns();
        std::FILE* file = std::fopen(path.c_str(), "wb");
        if (file == nullptr) return false;
        bool good = true;
        for (Record record : records_) {
            if (record.done == 0) record.done = now;
            good = std::fwrite(&record, sizeof record, 1, file) == 1 && good;
        }
        return std::fclose(file) == 0 && good;
    }
    std::size_t size() const { return records_.size(); }

private:
    std::deque<Record> records_;
};

inline Task<void> pause(std::chrono::nanoseconds time) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

struct Pace {
    std::uint64_t start_ns = 0;
    double rate = 1;  // a second
    std::uint64_t duration_ms = 0;
};

// Calls once(i, intended) for i = 0 … n-1 at start + i / rate, late rather than never.
template <class Once>
Task<void> open_loop(Pace pace, Once& once) {
    const auto n =
        static_cast<std::uint64_t>(pace.rate * static_cast<double>(pace.duration_ms) / 1000);
    const double gap_ns = 1e9 / pace.rate;
    std::uint64_t i = 0;
    while (true) {
        for (; i < n; ++i) {
            const std::uint64_t intended =
                pace.start_ns + static_cast<std::uint64_t>(static_cast<double>(i) * gap_ns);
            if (intended > monotonic_ns()) break;
            once(i, intended);
        }
        if (i >= n) co_return;
        co_await pause(kTick);
    }
}

}  // namespace sluice::bench
