#include "support/virtual_clock.h"

#include <vector>

namespace sluice {
namespace {

constexpr WallTime kWallAtBoot =
    wall_from_ms(1'800'000'000'000);  // 2027-01-15, far from any special date

}  // namespace

WallTime TimeLine::wall() const {
    const auto since_boot = std::chrono::duration_cast<Millis>(now().time_since_epoch());
    return kWallAtBoot + since_boot + Millis{wall_offset_ms_.load()};
}

Task<bool> TimeLine::sleep_until(Owner owner, Instant at, Event& wake) {
    if (wake.take()) co_return true;
    if (at <= now()) co_return false;
    auto start = [self = shared_from_this(), owner, at, &wake](Resume<bool> resume) {
        self->fall_asleep(owner, at, wake, std::move(resume));
    };
    co_return co_await suspend<bool>(std::move(start));
}

void TimeLine::fall_asleep(Owner owner, Instant at, Event& wake, Resume<bool> resume) {
    const Key key{at, ++last_sleep_};
    sleepers_.emplace(key, Sleeper{owner, &wake, std::move(resume)});
    // Weak: an Event that was armed by a process killed since may still be notified.
    wake.arm([weak = weak_from_this(), key] {
        if (const auto self = weak.lock()) self->wake_up(key, true);
    });
}

void TimeLine::wake_up(Key key, bool notified) {
    auto found = sleepers_.extract(key);
    if (found.empty()) return;
    auto& sleeper = found.mapped();
    sleeper.wake->arm(nullptr);
    if (notified) sleeper.wake->take();
    sleeper.resume(notified);
}

void TimeLine::drop(Owner owner) {
    std::vector<decltype(sleepers_)::node_type>
        dropped;  // destroyed last: their coroutines may own anything
    for (auto it = sleepers_.begin(); it != sleepers_.end();) {
        const auto here = it++;
        if (here->second.owner == owner) dropped.push_back(sleepers_.extract(here));
    }
}

std::optional<Instant> TimeLine::next() const {
    if (sleepers_.empty() || sleepers_.begin()->first.first == Instant::max()) return std::nullopt;
    return sleepers_.begin()->first.first;
}

void TimeLine::move_to(Instant at) {
    SLUICE_CHECK(at >= now());
    now_ns_ = at.time_since_epoch().count();
    while (!sleepers_.empty() && sleepers_.begin()->first.first <= at) {
        wake_up(sleepers_.begin()->first, false);
    }
}

bool VirtualClock::advance_to_next() {
    const auto at = line_->next();
    if (!at) return false;
    line_->move_to(std::max(*at, now()));
    return true;
}

}  // namespace sluice
