#include "cache/bulkhead.h"

#include <algorithm>

namespace sluice::cache {

std::optional<Bulkhead::Place> Bulkhead::enter(bool urgent) {
    const std::lock_guard lock(mutex_);
    if (inside_ >= loads_max_ + (urgent ? queue_max_ : queue_max_ / 2)) {
        ++refused_;
        return std::nullopt;
    }
    ++inside_;
    return Place(shared_from_this(), urgent);
}

bool Bulkhead::start_or_queue(const Turn& turn, bool urgent) {
    const std::lock_guard lock(mutex_);
    if (loading_ < loads_max_) {
        loading_peak_ = std::max(loading_peak_, ++loading_);
        return true;
    }
    (urgent ? urgent_ : refreshes_).push_back(turn);
    return false;
}

Task<bool> Bulkhead::Place::permit(TimeSource& time, Executor executor, Deadline deadline) {
    SLUICE_CHECK(bulkhead_ != nullptr && !loading_);
    auto turn = std::make_shared<OneShot<bool>>();
    loading_ = bulkhead_->start_or_queue(turn, urgent_);
    if (!loading_) {
        loading_ = co_await wait_until(std::move(turn), time, std::move(executor), deadline, false);
    }
    co_return loading_;
}

void Bulkhead::Place::leave() {
    if (const auto left = std::exchange(bulkhead_, nullptr)) left->leave(std::exchange(loading_, false));
}

void Bulkhead::leave(bool loading) {
    const std::lock_guard lock(mutex_);
    --inside_;
    if (loading && !hand_on(urgent_) && !hand_on(refreshes_)) --loading_;
}

// Answering only posts, so it may happen under the lock.
bool Bulkhead::hand_on(std::deque<Turn>& queue) {
    while (!queue.empty()) {
        const Turn turn = std::move(queue.front());
        queue.pop_front();
        if (turn->answer(true)) return true;
    }
    return false;
}

void Bulkhead::close() {
    const std::lock_guard lock(mutex_);
    urgent_.clear();
    refreshes_.clear();
}

bool Bulkhead::crowded() const {
    const std::lock_guard lock(mutex_);
    return inside_ >= loads_max_ + queue_max_ / 2;
}

void Bulkhead::fill(ContextStats& stats) const {
    const std::lock_guard lock(mutex_);
    stats.loads = loading_;
    stats.loads_peak = loading_peak_;
    stats.loads_waiting = inside_ - loading_;
    stats.loads_refused = refused_;
}

}  // namespace sluice::cache
