#include "cache/existence_filter.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "async/suspend.h"
#include "cache/existence_state.h"

namespace sluice::cache {

// A scan under way; there is one at a time. Shared by the coroutine and its work on the lane, so
// that the scan is not over before both are, whichever is destroyed first.
class ExistenceFilter::Scan {
public:
    static std::shared_ptr<Scan> begin(std::shared_ptr<State> state) {
        return state->begin_scan() ? std::make_shared<Scan>(std::move(state)) : nullptr;
    }
    explicit Scan(std::shared_ptr<State> state) : state_(std::move(state)), began_(state_->now()) {}
    ~Scan() { state_->end_scan(); }
    Scan(const Scan&) = delete;
    Scan& operator=(const Scan&) = delete;

    State& state() { return *state_; }
    Instant began() const { return began_; }
    std::uint64_t newest() const { return std::max(handed_out_, after_); }
    // What comes after the counter's number came after the scan began. Without this, a table that
    // grows as fast as it is read would be read for ever.
    bool complete() const { return handed_out_ != 0 && after_ >= handed_out_; }
    void start_after(std::uint64_t id) { after_ = id; }

    // Before the first page: see Horizon.
    Task<Result<Done>> ask_counter(IdSource& source) {
        const auto counter = co_await source.handed_out();
        if (!counter) co_return counter.error();
        handed_out_ = *counter;
        co_return Done{};
    }

    // The next page, checked; empty at the end.
    Task<Result<std::vector<std::uint64_t>>> next(IdSource& source) {
        auto page = co_await source.next(after_, state_->options.page);
        if (!page || page->empty()) co_return page;
        const bool ascending = std::is_sorted(page->begin(), page->end());
        if (page->front() <= after_ || !ascending) {
            co_return fail(Code::kInternal, "the source of ids returned a page out of order");
        }
        after_ = page->back();
        co_return page;
    }

private:
    const std::shared_ptr<State> state_;
    const Instant began_;
    std::uint64_t handed_out_ = 0;
    std::uint64_t after_ = 0;  // the greatest id read
};

// What is done on the lane: concatenate, construct, replace. Owns all it needs.
struct ExistenceFilter::Build {
    std::shared_ptr<Scan> scan;
    std::vector<std::vector<std::uint64_t>>
        pages;  // never joined on the executor: that copies long
    std::uint64_t seed = 0;

    Result<Done> run() {
        std::vector<std::uint64_t> ids;
        std::size_t count = 0;
        for (const auto& page : pages) count += page.size();
        ids.reserve(count);
        for (auto& page : pages) {
            ids.insert(ids.end(), page.begin(), page.end());
            page = {};
        }
        State& state = scan->state();
        auto base = BinaryFuse8::build(std::move(ids), seed, state.options.build_attempts_max);
        if (!base) return base.error();
        state.replace(std::move(*base), scan->began(), scan->newest());
        return Done{};
    }
};

ExistenceFilter::ExistenceFilter(const ExistenceOptions& options, std::function<Instant()> now)
    : state_(std::make_shared<State>(options, std::move(now))) {}

ExistenceFilter::~ExistenceFilter() = default;

bool ExistenceFilter::may_exist(std::uint64_t id) const {
    const State& state = *state_;
    if (id <= state.settled.load()) return state.contains(id);
    const Instant trusted_until = state.trusted_until.load();
    if (id <= state.ceiling.load()) return true;
    return state.contains(id) || state.now() >= trusted_until;
}

void ExistenceFilter::add(std::uint64_t id) { state_->add(id); }

// Reads everything after scan.after() and hands each page to `take`.
Task<Result<Done>> ExistenceFilter::read_all(Scan& scan, IdSource& source, TakePage take) {
    const auto counter = co_await scan.ask_counter(source);
    if (!counter) co_return counter.error();
    for (;;) {
        auto page = co_await scan.next(source);
        if (!page) co_return page.error();
        if (page->empty()) co_return Done{};
        take(std::move(*page));
        if (scan.complete()) co_return Done{};
    }
}

Task<Result<Done>> ExistenceFilter::rebuild(IdSource& source, Lane& lane) {
    auto build = std::make_shared<Build>();
    build->scan = Scan::begin(state_);
    if (!build->scan) co_return fail(Code::kConflict, "another scan of the ids is under way");
    TakePage keep = [&pages = build->pages](std::vector<std::uint64_t> page) {
        pages.push_back(std::move(page));
    };
    const auto read = co_await read_all(*build->scan, source, std::move(keep));
    if (!read) {
        state_->failed();
        co_return read.error();
    }
    build->seed = state_->next_seed();
    auto start = [&lane, build = std::move(build)](Resume<Result<Done>> resume) {
        auto shared = std::make_shared<Resume<Result<Done>>>(std::move(resume));
        lane.post([build, shared] {
            auto outcome = build->run();
            if (!outcome) build->scan->state().failed();
            build->scan = nullptr;  // over before the caller hears of it
            (*shared)(std::move(outcome));
        });
    };
    co_return co_await suspend<Result<Done>>(std::move(start));
}

Task<Result<Done>> ExistenceFilter::refresh(IdSource& source) {
    auto scan = Scan::begin(state_);
    if (!scan) co_return fail(Code::kConflict, "another scan of the ids is under way");
    const auto after = state_->refresh_after(scan->began());
    if (!after) co_return fail(Code::kUnavailable, "no rebuild has succeeded yet");
    scan->start_after(*after);
    TakePage learn = [state = state_.get()](const std::vector<std::uint64_t>& page) {
        state->learn(page);
    };
    const auto read = co_await read_all(*scan, source, std::move(learn));
    if (!read) {
        state_->failed();
        co_return read.error();
    }
    state_->scanned(scan->began(), scan->newest());
    co_return Done{};
}

Instant ExistenceFilter::due_at() const { return state_->due_at(); }

Task<Result<Done>> ExistenceFilter::keep_up(IdSource& source, Lane& lane) {
    if (state_->rebuild_is_due()) return rebuild(source, lane);
    return refresh(source);
}

ExistenceStats ExistenceFilter::stats() const { return state_->stats(); }

}  // namespace sluice::cache
