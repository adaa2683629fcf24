#pragma once
// FilterWorld: a table, the transactions that insert into it, and an ExistenceFilter over it, in
// one thread on virtual time. Every call of the source stands still until the test answers or fails
// it, so a test decides what is committed between two pages. Transactions keep what the filter's
// options promise: the world commits none later than `late_commit_max` after its id was handed out,
// and hands out no more than `growth_max` ids within `trusted_for`.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "async/lane.h"
#include "async/suspend.h"
#include "cache/existence_filter.h"

namespace sluice::cache {

class FilterWorld {
public:
    // What the world keeps to; the filter may be told something else, to see it fail.
    static ExistenceOptions promised() {
        ExistenceOptions options;
        options.late_commit_max = Millis(100);
        options.trusted_for = Millis(100);
        options.refresh_every = Millis(20);
        options.rebuild_every = Millis(500);
        options.growth_max = 8;
        options.page = 4;
        options.seed = 1;  // one in some 250 absent ids is affirmed: the same in every run
        return options;
    }

    explicit FilterWorld(const ExistenceOptions& options)
        : lane_(context_.get_executor()), filter(options, [this] { return now_; }) {}
    ~FilterWorld() { drain(); }
    FilterWorld(const FilterWorld&) = delete;
    FilterWorld& operator=(const FilterWorld&) = delete;

    // ---- the table, as any process sees it
    std::optional<std::uint64_t> begin_insert(
    ) {  // hands out an id; nullopt when too many were, lately
        while (!handed_out_at_.empty() && now_ - handed_out_at_.front() > kPromised.trusted_for) {
            handed_out_at_.pop_front();
        }
        if (handed_out_at_.size() >= kPromised.growth_max) return std::nullopt;
        handed_out_at_.push_back(now_);
        open_.push_back({counter_ + 1, now_});
        return ++counter_;
    }
    std::size_t open() const { return open_.size(); }
    std::uint64_t end_insert(std::size_t which, bool commit) {
        const std::uint64_t id = open_[which].id;
        open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
        if (commit) rows_.insert(id);
        return id;
    }
    void insert(std::uint64_t id) {  // a row that has always been there
        rows_.insert(id);
        counter_ = std::max(counter_, id);
    }
    void remove(std::uint64_t id) { rows_.erase(id); }
    const std::set<std::uint64_t>& rows() const { return rows_; }
    std::uint64_t counter() const { return counter_; }

    // Transactions that have no time left end on the way.
    void advance(Millis by, bool commit_late = true) {
        const Instant target = now_ + by;
        while (!open_.empty() && open_.front().since + kPromised.late_commit_max < target) {
            now_ = std::max(now_, open_.front().since + kPromised.late_commit_max);
            end_insert(0, commit_late);
        }
        now_ = target;
    }
    Instant now() const { return now_; }

    // ---- the filter's scans
    void start_rebuild() { start(filter.rebuild(source_, lane_)); }
    void start_refresh() { start(filter.refresh(source_)); }
    void start_upkeep() { start(filter.keep_up(source_, lane_)); }
    bool source_waits() const { return source_.waiting.has_value(); }
    void answer() { std::exchange(source_.waiting, std::nullopt).value()(nullptr); }
    void fail_source() { answer_with(fail(Code::kUnavailable, "scripted")); }
    void answer_with(Error error) { std::exchange(source_.waiting, std::nullopt).value()(&error); }
    bool step() {  // one handler: of the coroutine, or of the lane
        context_.restart();
        return context_.poll_one() > 0;
    }
    // Everything that is under way ends, and every call of the source is answered.
    void drain() {
        do {
            while (step()) {
            }
            if (source_waits()) answer();
        } while (step());
    }
    Result<Done> rebuild() {
        return finish([this] { start_rebuild(); });
    }
    Result<Done> refresh() {
        return finish([this] { start_refresh(); });
    }
    std::vector<Result<Done>> outcomes;  // of the scans that have ended
    std::size_t running() const { return started_ - outcomes.size(); }

    std::optional<std::uint64_t> denied_row() const {
        for (const std::uint64_t id : rows_) {
            if (!filter.may_exist(id)) return id;
        }
        return std::nullopt;
    }

private:
    struct Source final : IdSource {
        explicit Source(FilterWorld& in) : world(in) {}
        Task<Result<std::uint64_t>> handed_out() override {
            return call<std::uint64_t>([this] { return world.counter_; });
        }
        Task<Result<std::vector<std::uint64_t>>> next(std::uint64_t after, std::size_t max)
            override {
            return call<std::vector<std::uint64_t>>([this, after, max] {
                std::vector<std::uint64_t> page;
                for (auto at = world.rows_.upper_bound(after);
                     at != world.rows_.end() && page.size() < max; ++at) {
                    page.push_back(*at);
                }
                return page;
            });
        }
        template <class T>
        Task<Result<T>> call(std::function<T()> read) {
            auto begin = [this, read = std::move(read)](Resume<Result<T>> resume) {
                auto held = std::make_shared<Resume<Result<T>>>(std::move(resume));
                waiting = [read, held](const Error* error) {
                    if (error != nullptr) return (*held)(*error);
                    (*held)(read());
                };
            };
            return suspend<Result<T>>(std::move(begin));
        }
        FilterWorld& world;
        std::optional<std::function<void(const Error*)>> waiting;
    };
    struct Insert {
        std::uint64_t id;
        Instant since;
    };

    void start(Task<Result<Done>> scan) {
        ++started_;
        boost::asio::co_spawn(context_, note(std::move(scan)), boost::asio::detached);
    }
    Task<void> note(Task<Result<Done>> scan) {
        auto outcome = co_await std::move(scan);
        outcomes.push_back(std::move(outcome));
    }
    Result<Done> finish(const std::function<void()>& begin) {
        begin();
        drain();
        return outcomes.back();
    }

    static const ExistenceOptions kPromised;
    boost::asio::io_context context_;
    InlineLane lane_;
    Instant now_{std::chrono::seconds(1000)};
    std::set<std::uint64_t> rows_;
    std::uint64_t counter_ = 0;
    std::vector<Insert> open_;  // oldest first
    std::deque<Instant> handed_out_at_;
    Source source_{*this};
    std::size_t started_ = 0;

public:
    ExistenceFilter filter;
};

inline const ExistenceOptions FilterWorld::kPromised = FilterWorld::promised();

}  // namespace sluice::cache
