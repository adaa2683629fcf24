#include "adapters/sqlite/store.h"

#include <deque>
#include <exception>
#include <mutex>
#include <vector>

#include "adapters/sqlite/schema.h"

namespace sluice {
namespace {

// Reads taken in one go; only bounds how long the lane keeps other posted work waiting.
constexpr std::size_t kReadsMax = 64;

void roll_back(Connection& connection) noexcept {
    try {
        if (connection.in_transaction()) connection.run("ROLLBACK");
    } catch (const SqliteError&) {
        // SQLite ended the transaction itself; there is nothing left to undo.
    }
}

}  // namespace

struct Store::State : std::enable_shared_from_this<Store::State> {
    using Jobs = std::vector<std::unique_ptr<Job>>;
    struct Line {  // guarded by mutex
        std::deque<std::unique_ptr<Job>> waiting;
        bool scheduled = false;  // a drain is posted or running
    };

    State(StoreOptions chosen, Lane& writes_on, Lane& reads_on, Log& log_to)
        : options(std::move(chosen)), write_lane(writes_on), read_lane(reads_on), log(log_to) {}

    void submit(Line& line, Lane& lane, void (State::*drain)(), std::unique_ptr<Job> job);
    void post(Lane& lane, void (State::*drain)());
    Jobs take(Line& line, std::size_t jobs_max);
    void drain_writes();
    void drain_reads();
    enum class Group { kReady, kMustUndo, kEnded };
    bool begin(Jobs& jobs);
    Group run_plain(Jobs& jobs);
    Group run_guarded(Jobs& jobs);
    bool run_write(Job& job);
    Group end_group(Jobs& jobs, const SqliteError& failure);
    void commit(Jobs& jobs);
    void run_read(Job& job);
    static void fail_all(Jobs& jobs, const Error& error);
    void close();

    const StoreOptions options;
    Lane& write_lane;
    Lane& read_lane;
    Log& log;

    std::unique_ptr<Connection> writer;  // on the writer lane
    std::unique_ptr<Connection> reader;  // on the reader lane

    std::mutex mutex;
    Line writes;  // guarded by mutex
    Line reads;   // guarded by mutex
};

void Store::State::submit(
    Line& line, Lane& lane, void (State::*drain)(), std::unique_ptr<Job> job
) {
    bool post_drain = false;
    {
        const std::lock_guard lock(mutex);
        if (line.waiting.size() < options.waiting_max) {
            line.waiting.push_back(std::move(job));
            post_drain = !std::exchange(line.scheduled, true);
        }
    }
    if (job) {
        job->set_error(fail(Code::kOverloaded, "too much work waits for the store"));
        job->release();
    }
    if (post_drain) post(lane, drain);
}

void Store::State::post(Lane& lane, void (State::*drain)()) {
    lane.post([weak = weak_from_this(), drain] {
        if (const auto self = weak.lock()) ((*self).*drain)();
    });
}

Store::State::Jobs Store::State::take(Line& line, std::size_t jobs_max) {
    const std::lock_guard lock(mutex);
    Jobs jobs;
    while (!line.waiting.empty() && jobs.size() < jobs_max) {
        jobs.push_back(std::move(line.waiting.front()));
        line.waiting.pop_front();
    }
    if (jobs.empty()) line.scheduled = false;
    return jobs;
}

// Nearly every write succeeds, so the group first runs without savepoints, which would cost a copy
// of each page; when one write has to be undone, the whole group starts again with them.
void Store::State::drain_writes() {
    auto jobs = take(writes, options.group_writes_max);
    if (jobs.empty()) return;
    auto group = begin(jobs) ? run_plain(jobs) : Group::kEnded;
    if (group == Group::kMustUndo) {
        roll_back(*writer);
        group = begin(jobs) ? run_guarded(jobs) : Group::kEnded;
    }
    if (group == Group::kReady) commit(jobs);
    for (auto& job : jobs) job->release();
    post(write_lane, &State::drain_writes);
}

bool Store::State::begin(Jobs& jobs) {
    try {
        writer->run("BEGIN IMMEDIATE");
        return true;
    } catch (const SqliteError& failure) {
        log.warn("store", "no transaction", {{"reason", failure.what()}});
        fail_all(jobs, to_error(failure));
        return false;
    }
}

Store::State::Group Store::State::run_plain(Jobs& jobs) {
    try {
        for (auto& job : jobs) {
            const auto before = writer->rows_changed();
            const bool keep = run_write(*job);
            if (!keep && writer->rows_changed() != before) return Group::kMustUndo;
        }
        return Group::kReady;
    } catch (const SqliteError& failure) {
        return end_group(jobs, failure);
    }
}

Store::State::Group Store::State::run_guarded(Jobs& jobs) {
    try {
        for (auto& job : jobs) {
            Savepoint savepoint(*writer);
            if (run_write(*job)) {
                savepoint.keep();
            } else {
                savepoint.undo();
            }
        }
        return Group::kReady;
    } catch (const SqliteError& failure) {
        return end_group(jobs, failure);
    }
}

// True when what it wrote is to be kept. Throws when SQLite ended the whole transaction.
bool Store::State::run_write(Job& job) {
    bool keep = false;
    try {
        keep = job.run(*writer);
    } catch (const SqliteError& failure) {
        job.set_error(to_error(failure));
    } catch (const std::exception& failure) {
        job.set_error(fail(Code::kInternal, failure.what()));
    }
    if (!writer->in_transaction()) throw SqliteError(SQLITE_IOERR, "the transaction was ended");
    return !writer->take_undo_mark() && keep;
}

// SQLite (disk full, I/O error) or a savepoint ended the transaction: no job left a trace.
Store::State::Group Store::State::end_group(Jobs& jobs, const SqliteError& failure) {
    log.warn("store", "group rolled back", {{"reason", failure.what()}});
    roll_back(*writer);
    auto error = to_error(failure);
    // Neighbours did nothing wrong: whatever the reason, they may be tried again.
    if (error.code == Code::kPermanent) error.code = Code::kTransient;
    fail_all(jobs, error);
    return Group::kEnded;
}

void Store::State::commit(Jobs& jobs) {
    try {
        writer->run("COMMIT");
    } catch (const SqliteError& failure) {
        log.error("store", "commit failed", {{"reason", failure.what()}});
        roll_back(*writer);
        // The frames may be in the WAL already, so a crash now could still make them count.
        fail_all(jobs, fail(Code::kOutcomeUnknown, failure.what()));
    }
}

void Store::State::fail_all(Jobs& jobs, const Error& error) {
    for (auto& job : jobs) job->set_error(error);
}

void Store::State::drain_reads() {
    auto jobs = take(reads, kReadsMax);
    if (jobs.empty()) return;
    for (auto& job : jobs) run_read(*job);
    for (auto& job : jobs) job->release();
    post(read_lane, &State::drain_reads);
}

void Store::State::run_read(Job& job) {
    try {
        reader->run("BEGIN");
        job.run(*reader);
        reader->run("COMMIT");
        return;
    } catch (const SqliteError& failure) {
        job.set_error(to_error(failure));
    } catch (const std::exception& failure) {
        job.set_error(fail(Code::kInternal, failure.what()));
    }
    roll_back(*reader);
}

void Store::State::close() {
    std::deque<std::unique_ptr<Job>> dropped_writes;
    std::deque<std::unique_ptr<Job>> dropped_reads;
    const std::lock_guard lock(mutex);
    writes.waiting.swap(dropped_writes
    );  // destroyed after the lock: a dropped coroutine may own anything
    reads.waiting.swap(dropped_reads);
}

Result<std::unique_ptr<Store>> Store::open(
    StoreOptions options, Lane& writer, Lane& reader, Log& log
) {
    auto state = std::make_shared<State>(std::move(options), writer, reader, log);
    const auto& chosen = state->options;
    try {
        using Access = Connection::Access;
        auto writing = Connection::open(chosen.path, chosen.vfs, Access::kReadWrite);
        if (!writing.ok()) return writing.error();
        state->writer = std::move(*writing);
        configure_writer(*state->writer, chosen.synchronous);
        if (auto migrated = migrate(*state->writer); !migrated.ok()) return migrated.error();

        auto reading = Connection::open(chosen.path, chosen.vfs, Access::kReadWrite);
        if (!reading.ok()) return reading.error();
        state->reader = std::move(*reading);
        configure_reader(*state->reader);
    } catch (const SqliteError& failure) {
        return fail(Code::kUnavailable, "cannot open " + chosen.path + ": " + failure.what());
    }
    return std::unique_ptr<Store>(new Store(std::move(state)));
}

Store::~Store() { state_->close(); }

void Store::submit_write(std::unique_ptr<Job> job) {
    state_->submit(state_->writes, state_->write_lane, &State::drain_writes, std::move(job));
}

void Store::submit_read(std::unique_ptr<Job> job) {
    state_->submit(state_->reads, state_->read_lane, &State::drain_reads, std::move(job));
}

}  // namespace sluice
