#pragma once
// Who consumes which partition, in memory: a line of consumers per partition, of which the first is
// active; and the bell that tells the active one that there may be something to take.
//
// Thread-safe. A bell may be rung from any thread; its Event is touched only on the executor of the
// coroutine that takes.

#include <algorithm>
#include <boost/asio/post.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "adapters/sqlite/order_queue.h"
#include "async/event.h"

namespace sluice {

class QueueBell : public std::enable_shared_from_this<QueueBell> {
public:
    // Where the next sleep on event() will be.
    void attach(Executor executor) {
        const std::lock_guard lock(mutex_);
        executor_ = std::move(executor);
    }
    void detach() {
        const std::lock_guard lock(mutex_);
        executor_.reset();
    }
    // Without an executor nobody has looked yet, and who looks first needs no bell.
    void ring() {
        const std::lock_guard lock(mutex_);
        if (!executor_ || std::exchange(ringing_, true)) return;
        boost::asio::post(*executor_, [self = shared_from_this()] { self->hear(); });
    }
    Event& event() { return event_; }

private:
    void hear() {
        {
            const std::lock_guard lock(mutex_);
            ringing_ = false;
        }
        event_.notify();
    }

    std::mutex mutex_;
    std::optional<Executor> executor_;  // guarded by mutex_
    bool ringing_ = false;              // guarded by mutex_; one posted ring tells as much as many
    Event event_;                       // on *executor_
};

class SqliteOrderQueue::Lines {
public:
    using Bell = std::shared_ptr<QueueBell>;

    Bell join(Partition partition) {
        const std::lock_guard lock(mutex_);
        auto bell = std::make_shared<QueueBell>();
        lines_[partition].push_back(bell);
        return bell;
    }
    void leave(Partition partition, const Bell& bell) {
        bell->detach();
        const std::lock_guard lock(mutex_);
        auto& line = lines_[partition];
        std::erase(line, bell);
        if (!line.empty()) line.front()->ring();
    }
    std::size_t length(Partition partition) const {
        const std::lock_guard lock(mutex_);
        const auto found = lines_.find(partition);
        return found == lines_.end() ? 0 : found->second.size();
    }
    bool is_active(Partition partition, const Bell& bell) const {
        const std::lock_guard lock(mutex_);
        const auto found = lines_.find(partition);
        return found != lines_.end() && !found->second.empty() && found->second.front() == bell;
    }
    void ring(Partition partition) {
        const std::lock_guard lock(mutex_);
        const auto found = lines_.find(partition);
        if (found != lines_.end() && !found->second.empty()) found->second.front()->ring();
    }
    void ring_all() {
        const std::lock_guard lock(mutex_);
        for (auto& [partition, line] : lines_) {
            if (!line.empty()) line.front()->ring();
        }
    }

    // When the tiers are worth a look; nullopt: no row is there. At first an earlier life may have
    // left some.
    std::optional<WallTime> next_due() const {
        const std::lock_guard lock(mutex_);
        return next_due_;
    }
    void forget_due() {
        const std::lock_guard lock(mutex_);
        next_due_.reset();
    }
    void remember_due(WallTime at) {
        const std::lock_guard lock(mutex_);
        next_due_ = next_due_ ? std::min(*next_due_, at) : at;
    }

private:
    mutable std::mutex mutex_;
    std::unordered_map<Partition, std::deque<Bell>> lines_;  // guarded by mutex_
    std::optional<WallTime> next_due_ = WallTime{};          // guarded by mutex_
};

// Owns its place in the line.
std::unique_ptr<Consumer> make_queue_consumer(
    Store& store, Clock& clock, Partition partition, std::shared_ptr<SqliteOrderQueue::Lines> lines
);

}  // namespace sluice
