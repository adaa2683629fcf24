#pragma once
// VirtualTime: a TimeSource that stands still until a test moves it; and run(), which plays
// coroutines on one thread and moves time whenever nothing is left to do. Deterministic.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/check.h"
#include "cache/one_shot.h"
#include "cache/time_source.h"
#include "support/start_task.h"

namespace sluice::cache {

class VirtualTime final : public TimeSource {
public:
    Instant now() const override { return Instant{std::chrono::nanoseconds{now_ns_.load()}}; }
    std::unique_ptr<Timer> call_at(Instant at, const Executor& executor, std::function<void()> fire)
        override {
        const std::lock_guard lock(line_->mutex);
        const Key key{at, ++line_->last};
        Sleeper sleeper{executor, std::move(fire)};
        line_->sleepers.emplace(key, std::move(sleeper));
        return std::make_unique<Handle>(line_, key);
    }

    void advance(Millis by) { move_to(now() + by); }
    bool advance_to_next() {
        std::optional<Instant> next;
        {
            const std::lock_guard lock(line_->mutex);
            if (line_->sleepers.empty()) return false;
            next = line_->sleepers.begin()->first.first;
        }
        move_to(std::max(*next, now()));
        return true;
    }

private:
    using Key = std::pair<Instant, std::uint64_t>;
    struct Sleeper {
        Executor executor;
        std::function<void()> fire;
    };
    struct Line {
        std::mutex mutex;
        std::map<Key, Sleeper> sleepers;
        std::uint64_t last = 0;
    };
    struct Handle final : Timer {
        Handle(std::shared_ptr<Line> of, Key which) : line(std::move(of)), key(which) {}
        ~Handle() override {
            const std::lock_guard lock(line->mutex);
            line->sleepers.erase(key);
        }
        std::shared_ptr<Line> line;
        Key key;
    };

    void move_to(Instant at) {
        now_ns_ = at.time_since_epoch().count();
        const std::lock_guard lock(line_->mutex);
        auto& sleepers = line_->sleepers;
        while (!sleepers.empty() && sleepers.begin()->first.first <= at) {
            auto due = sleepers.extract(sleepers.begin());
            boost::asio::post(due.mapped().executor, std::move(due.mapped().fire));
        }
    }

    std::atomic<std::int64_t> now_ns_{1'000'000'000'000};
    std::shared_ptr<Line> line_ = std::make_shared<Line>();  // shared with handles in coroutines
};

// One thread's coroutines over virtual time.
class Stage {
public:
    boost::asio::io_context& context() { return context_; }
    VirtualTime& time() { return time_; }

    template <class T>
    std::shared_ptr<std::optional<T>> start(Task<T> task) {
        return start_task(context_, std::move(task));
    }
    // Everything that can be done without time passing.
    void settle() {
        context_.restart();
        context_.poll();
    }
    // The same, with time.
    template <class T>
    T wait_for(const std::shared_ptr<std::optional<T>>& value) {
        for (;;) {
            settle();
            if (value->has_value()) return std::move(**value);
            SLUICE_CHECK(time_.advance_to_next());  // it waits for something that can never come
        }
    }
    template <class T>
    T run(Task<T> task) {
        return wait_for(start(std::move(task)));
    }
    // Runs everything that happens within this time.
    void play(Millis length) {
        const Instant end = time_.now() + length;
        auto slept = start(sleep(end));
        (void)wait_for(slept);
        settle();
    }
    Task<Done> sleep(Instant at) {
        const Executor executor = context_.get_executor();
        co_await sleep_until(time_, executor, at);
        co_return Done{};
    }
    Deadline in(Millis delay) const { return time_.in(delay); }

private:
    VirtualTime time_;
    boost::asio::io_context context_{1};
};

}  // namespace sluice::cache
