#pragma once
// VirtualClock: time that stands still until a test moves it. ProcessClock: the same time as one
// simulated process sees it; destroying it drops that process's sleepers, and only those.
// Deterministic: sleepers wake in the order of their instants, then in the order in which they fell
// asleep.
//
// now() and wall() are thread-safe; everything else belongs to the one thread that runs the
// simulation. A dropped sleeper's coroutine is unwound through its executor, so the io_context must
// still exist when its clock goes.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "async/suspend.h"
#include "base/check.h"
#include "ports/clock.h"
#include "support/start_task.h"

namespace sluice {

// The time line and its sleepers; shared by a VirtualClock, its ProcessClocks and armed Events,
// which may outlive it.
class TimeLine : public std::enable_shared_from_this<TimeLine> {
public:
    using Owner = std::uint64_t;

    Instant now() const { return Instant{std::chrono::nanoseconds{now_ns_.load()}}; }
    WallTime wall() const;
    void step_wall(Millis by) { wall_offset_ms_ += by.count(); }
    Owner new_owner() { return ++last_owner_; }

    Task<bool> sleep_until(Owner owner, Instant at, Event& wake);
    void drop(Owner owner);
    std::optional<Instant> next() const;
    void move_to(Instant at);
    std::size_t sleepers() const { return sleepers_.size(); }

private:
    using Key = std::pair<Instant, std::uint64_t>;
    struct Sleeper {
        Owner owner;
        Event* wake;  // outlives the sleep
        Resume<bool> resume;
    };

    void fall_asleep(Owner owner, Instant at, Event& wake, Resume<bool> resume);
    void wake_up(Key key, bool notified);

    std::atomic<std::int64_t> now_ns_{1'000'000'000};  // a simulated machine booted a second ago
    std::atomic<std::int64_t> wall_offset_ms_{0};
    Owner last_owner_ = 0;
    std::uint64_t last_sleep_ = 0;
    std::map<Key, Sleeper> sleepers_;
};

class ProcessClock final : public Clock {
public:
    explicit ProcessClock(std::shared_ptr<TimeLine> line)
        : line_(std::move(line)), owner_(line_->new_owner()) {}
    ~ProcessClock() override { drop_sleepers(); }
    ProcessClock(const ProcessClock&) = delete;
    ProcessClock& operator=(const ProcessClock&) = delete;

    Instant now() const override { return line_->now(); }
    WallTime wall() const override { return line_->wall(); }
    Task<bool> sleep_until(Instant at, Event& wake) override {
        return line_->sleep_until(owner_, at, wake);
    }
    // The process is killed: its coroutines that sleep are destroyed.
    void drop_sleepers() { line_->drop(owner_); }

private:
    std::shared_ptr<TimeLine> line_;
    TimeLine::Owner owner_;
};

class VirtualClock final : public Clock {
public:
    Instant now() const override { return own_.now(); }
    WallTime wall() const override { return own_.wall(); }
    Task<bool> sleep_until(Instant at, Event& wake) override { return own_.sleep_until(at, wake); }

    // For ProcessClock: VirtualClock clock; ProcessClock life(clock.line());
    std::shared_ptr<TimeLine> line() { return line_; }

    // Moves to the earliest instant that anybody sleeps to, and wakes everybody who is due then.
    // False when nobody sleeps, or only without an end.
    bool advance_to_next();
    void advance(Millis by) { line_->move_to(now() + by); }
    // The wall clock steps, as when somebody sets it; now() does not notice.
    void step_wall(Millis by) { line_->step_wall(by); }
    std::optional<Instant> next() const { return line_->next(); }
    std::size_t sleepers() const { return line_->sleepers(); }

private:
    std::shared_ptr<TimeLine> line_ = std::make_shared<TimeLine>();
    ProcessClock own_{line_};
};

// Runs the task to its end on one thread: whenever nothing is left to do, time moves on. Everything
// the task needs must run on `context` (InlineLane, no threads). A task that waits for something
// that can never come ends the program.
template <class T>
T run_virtual(boost::asio::io_context& context, VirtualClock& clock, Task<T> task) {
    const auto value = start_task(context, std::move(task));
    for (;;) {
        context.restart();
        context.poll();
        if (value->has_value()) return std::move(**value);
        SLUICE_CHECK(clock.advance_to_next());
    }
}

}  // namespace sluice
