#pragma once
// FaultyStore: a store in front of another one that is away, hangs until each call's deadline, or
// takes a while.

#include "cache/one_shot.h"
#include "cache/store.h"

namespace sluice::cache {

class FaultyStore final : public Store {
public:
    enum class Mode : std::uint8_t { kWell, kAway, kHangs };

    FaultyStore(Store& inner, TimeSource& time, Executor executor)
        : inner_(inner), time_(time), executor_(std::move(executor)) {}

    void set(Mode mode) {
        mode_ = mode;
        for (StoreListener* listener : listeners_) {
            if (mode != Mode::kWell) listener->feed_alive(false);
            if (mode == Mode::kWell) {  // as a subscription that comes back
                listener->missed();
                listener->feed_alive(true);
            }
        }
    }
    // Only what hears of invalidations is away.
    void silence_feed() {
        for (StoreListener* listener : listeners_) listener->feed_alive(false);
    }
    void take(Millis latency) { latency_ = latency; }
    std::size_t calls() const { return calls_; }
    std::size_t reads() const { return reads_; }

    Task<Result<std::vector<std::optional<StoredValue>>>> read(
        std::vector<std::string> keys, Deadline deadline
    ) override {
        ++reads_;
        auto trouble = co_await enter(deadline);
        if (!trouble.ok()) co_return trouble.error();
        co_return co_await inner_.read(std::move(keys), deadline);
    }
    Task<Result<std::vector<Acquired>>> acquire(
        std::vector<AcquireRequest> requests, Deadline deadline
    ) override {
        auto trouble = co_await enter(deadline);
        if (!trouble.ok()) co_return trouble.error();
        co_return co_await inner_.acquire(std::move(requests), deadline);
    }
    Task<Result<std::vector<bool>>> extend(
        std::vector<Lease> leases, Millis lease, Deadline deadline
    ) override {
        auto trouble = co_await enter(deadline);
        if (!trouble.ok()) co_return trouble.error();
        co_return co_await inner_.extend(std::move(leases), lease, deadline);
    }
    Task<Result<std::vector<Committed>>> commit(
        std::vector<CommitRequest> requests, Deadline deadline
    ) override {
        auto trouble = co_await enter(deadline);
        if (!trouble.ok()) co_return trouble.error();
        co_return co_await inner_.commit(std::move(requests), deadline);
    }
    Task<Result<Done>> release(std::vector<ReleaseRequest> requests, Deadline deadline) override {
        auto trouble = co_await enter(deadline);
        if (!trouble.ok()) co_return trouble.error();
        co_return co_await inner_.release(std::move(requests), deadline);
    }
    Task<Result<Done>> invalidate(
        std::vector<std::string> keys, InvalidateMode mode, Deadline deadline
    ) override {
        auto trouble = co_await enter(deadline);
        if (!trouble.ok()) co_return trouble.error();
        co_return co_await inner_.invalidate(std::move(keys), mode, deadline);
    }
    void listen(std::string prefix, StoreListener& listener) override {
        listeners_.push_back(&listener);
        inner_.listen(std::move(prefix), listener);
    }
    void unlisten(StoreListener& listener) override {
        std::erase(listeners_, &listener);
        inner_.unlisten(listener);
    }

private:
    Task<Result<Done>> enter(Deadline deadline) {
        ++calls_;
        if (mode_ == Mode::kAway) co_return fail(Code::kUnavailable, "away");
        if (mode_ == Mode::kHangs) {
            co_await sleep_until(time_, executor_, deadline.at);
            co_return fail(Code::kOutcomeUnknown, "no reply");
        }
        if (latency_ == Millis{0}) co_return Done{};
        const Instant answers = time_.now() + latency_;
        co_await sleep_until(time_, executor_, std::min(answers, deadline.at));
        if (deadline.at < answers) co_return fail(Code::kOutcomeUnknown, "too late");
        co_return Done{};
    }

    Store& inner_;
    TimeSource& time_;
    const Executor executor_;
    Mode mode_ = Mode::kWell;
    Millis latency_{0};
    std::size_t calls_ = 0;
    std::size_t reads_ = 0;
    std::vector<StoreListener*> listeners_;
};

}  // namespace sluice::cache
