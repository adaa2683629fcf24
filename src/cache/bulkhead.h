#pragma once
// Bulkhead: at most K loads at once, and a bounded queue of those that wait for their turn. Urgent
// ones (a reader waits) go before refreshes of what is still served, and refreshes may fill only
// half of the queue. Thread-safe.

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "cache/one_shot.h"
#include "cache/stats.h"

namespace sluice::cache {

class Bulkhead : public std::enable_shared_from_this<Bulkhead> {
public:
    // In the queue, then in the database; gives back what it has at its end. Move-only.
    class Place {
    public:
        Place(Place&& other) noexcept
            : bulkhead_(std::move(other.bulkhead_)),
              urgent_(other.urgent_),
              loading_(other.loading_) {}
        Place& operator=(Place&&) = delete;
        ~Place() { leave(); }

        // Waits for the turn to load. False: the deadline came first. Once.
        Task<bool> permit(TimeSource& time, Executor executor, Deadline deadline);
        void leave();

    private:
        friend class Bulkhead;
        Place(std::shared_ptr<Bulkhead> bulkhead, bool urgent)
            : bulkhead_(std::move(bulkhead)), urgent_(urgent) {}

        std::shared_ptr<Bulkhead> bulkhead_;  // nullptr: left
        bool urgent_;
        bool loading_ = false;
    };

    Bulkhead(std::size_t loads_max, std::size_t queue_max)
        : loads_max_(loads_max), queue_max_(queue_max) {
        SLUICE_CHECK(loads_max > 0);
    }

    std::optional<Place> enter(bool urgent);  // nullopt: full
    bool crowded() const;                     // for refreshes
    void close();                             // from now on a place that is left goes to nobody
    void fill(ContextStats& stats) const;

private:
    using Turn = std::shared_ptr<OneShot<bool>>;

    bool start_or_queue(const Turn& turn, bool urgent);
    void leave(bool loading);
    bool hand_on(std::deque<Turn>& queue);

    const std::size_t loads_max_;
    const std::size_t queue_max_;
    mutable std::mutex mutex_;
    std::size_t inside_ = 0;  // places given; guarded by mutex_, like the rest
    std::size_t loading_ = 0;
    std::size_t loading_peak_ = 0;
    std::uint64_t refused_ = 0;
    std::deque<Turn> urgent_;  // also some whose deadline has passed
    std::deque<Turn> refreshes_;
};

}  // namespace sluice::cache
