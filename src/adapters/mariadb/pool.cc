#include "adapters/mariadb/pool.h"

#include <atomic>
#include <cstdio>
#include <deque>
#include <exception>
#include <mutex>
#include <vector>

#include "async/lane.h"
#include "base/check.h"

namespace sluice {
namespace {

using maria::Connection;
using maria::Moment;
using maria::SqlError;

// "1800000000.123": seconds, as the session variable wants them.
std::string set_timestamp(WallTime now) {
    std::array<char, 64> text{};
    const auto ms = static_cast<long long>(to_ms(now));
    std::snprintf(
        text.data(), text.size(), "SET SESSION timestamp = %lld.%03lld", ms / 1'000, ms % 1'000
    );
    return text.data();
}

}  // namespace

// One lane with its connection, which only the lane touches.
struct MariaPool::Session {
    explicit Session(const std::string& name) : lane(std::make_unique<ThreadLane>(name)) {}

    std::unique_ptr<Connection> connection;  // nullptr: to be opened by the next work
    std::unique_ptr<ThreadLane> lane;        // last: joined before the connection goes
};

struct MariaPool::Line {  // guarded by State::mutex, but for what is inside the sessions
    std::deque<std::unique_ptr<Job>> waiting;
    std::vector<Session*>
        idle;  // the one that worked last is taken first: it is the least likely to be gone
    std::vector<std::unique_ptr<Session>> sessions;
};

struct MariaPool::State {
    State(MariaPoolOptions chosen, const Clock& pool_clock, Log& log_to);
    ~State();

    void add_sessions(Line& line, std::size_t count, const std::string& name);
    Line& line_of(Kind kind) { return kind == Kind::kWrite ? writes : reads; }
    void submit(std::unique_ptr<Job> job);
    std::unique_ptr<Job> next_job(Line& line, Session& session);
    void drain(Line& line, Session& session);

    enum class Attempt { kEnded, kUnheard };  // kUnheard: lost before it answered anything
    void run(Session& session, Job& job);
    Attempt attempt(Session& session, Job& job);
    bool connect(Session& session, Job& job);
    bool work(Session& session, Job& job, Attempt& outcome);
    void roll_back(Session& session);
    void commit(Session& session, Job& job);
    void close_snapshot(Session& session);
    void fail_job(Session& session, Job& job, const SqlError& failure, Moment moment);
    void note(bool reachable, const std::string& reason);

    const MariaPoolOptions options;
    const Clock& clock;
    Log& log;
    std::atomic<bool> reachable{true};  // what the log said last

    std::mutex mutex;
    bool stopping = false;  // guarded by mutex
    Line writes;            // guarded by mutex
    Line reads;             // guarded by mutex
};

MariaPool::State::State(MariaPoolOptions chosen, const Clock& pool_clock, Log& log_to)
    : options(std::move(chosen)), clock(pool_clock), log(log_to) {
    SLUICE_CHECK(options.writers + options.readers >= 1);
    add_sessions(writes, options.writers, "maria-write-");
    add_sessions(reads, options.readers, "maria-read-");
}

void MariaPool::State::add_sessions(Line& line, std::size_t count, const std::string& name) {
    for (std::size_t i = 1; i <= count; ++i) {
        line.sessions.push_back(std::make_unique<Session>(name + std::to_string(i)));
        line.idle.push_back(line.sessions.back().get());
    }
}

MariaPool::State::~State() {
    std::deque<std::unique_ptr<Job>>
        dropped;  // destroyed after the lock: a coroutine may own anything
    std::deque<std::unique_ptr<Job>> dropped_too;
    const std::lock_guard lock(mutex);
    stopping = true;
    writes.waiting.swap(dropped);
    reads.waiting.swap(dropped_too);
}

void MariaPool::State::submit(std::unique_ptr<Job> job) {
    Line& line = line_of(job->kind);
    SLUICE_CHECK(!line.sessions.empty());
    Session* session = nullptr;
    {
        const std::lock_guard lock(mutex);
        if (line.waiting.size() < options.waiting_max) {
            line.waiting.push_back(std::move(job));
            if (!line.idle.empty()) {
                session = line.idle.back();
                line.idle.pop_back();
            }
        }
    }
    if (job) {
        job->set_error(fail(Code::kOverloaded, "too many calls wait for the ledger"));
        job->release();
    }
    if (session != nullptr) session->lane->post([this, &line, session] { drain(line, *session); });
}

std::unique_ptr<MariaPool::Job> MariaPool::State::next_job(Line& line, Session& session) {
    const std::lock_guard lock(mutex);
    if (stopping || line.waiting.empty()) {
        line.idle.push_back(&session);
        return nullptr;
    }
    auto job = std::move(line.waiting.front());
    line.waiting.pop_front();
    return job;
}

void MariaPool::State::drain(Line& line, Session& session) {
    while (const auto job = next_job(line, session)) {
        run(session, *job);
        job->release();
    }
}

void MariaPool::State::run(Session& session, Job& job) {
    if (job.deadline.passed(clock.now())) {
        job.set_error(fail(Code::kTimeout, "the deadline passed while waiting for the ledger"));
        return;
    }
    // A connection that was idle may have gone away. It did not answer anything, so nothing was
    // done, and a new one may try.
    const bool was_idle = session.connection != nullptr;
    if (attempt(session, job) == Attempt::kUnheard && was_idle) attempt(session, job);
}

MariaPool::State::Attempt MariaPool::State::attempt(Session& session, Job& job) {
    if (session.connection == nullptr && !connect(session, job)) return Attempt::kEnded;
    auto outcome = Attempt::kEnded;
    const bool keep = work(session, job, outcome);
    if (session.connection == nullptr) return outcome;
    if (job.kind == Kind::kRead) {
        close_snapshot(session);
    } else if (keep) {
        commit(session, job);
    } else {
        roll_back(session);
    }
    return outcome;
}

bool MariaPool::State::connect(Session& session, Job& job) {
    const auto role = job.kind == Kind::kWrite ? maria::Role::kWriter : maria::Role::kReader;
    auto opened = Connection::open(options.endpoint, options.timeouts, role);
    if (opened.ok()) {
        session.connection = std::move(*opened);
        note(true, {});
        return true;
    }
    note(false, opened.error().detail);
    job.set_error(opened.error());
    return false;
}

// True when what it wrote is to be kept.
bool MariaPool::State::work(Session& session, Job& job, Attempt& outcome) {
    Connection& connection = *session.connection;
    try {
        connection.begin(
            job.kind == Kind::kWrite ? "START TRANSACTION"
                                     : "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
        );
        if (options.fixed_now) connection.execute(set_timestamp(options.fixed_now()));
        const bool keep = job.run(connection);
        return !connection.take_undo_mark() && keep;
    } catch (const SqlError& failure) {
        const bool heard = connection.answered() || !maria::is_lost(failure.number());
        if (!heard) outcome = Attempt::kUnheard;
        fail_job(session, job, failure, Moment::kWorking);
    } catch (const std::exception& failure) {
        job.set_error(fail(Code::kInternal, failure.what()));
        session.connection.reset();  // whatever it was doing, the server undoes it
    }
    return false;
}

void MariaPool::State::roll_back(Session& session) {
    try {
        session.connection->execute("ROLLBACK");
    } catch (const SqlError&) {
        session.connection.reset();  // the server rolls back when it notices
    }
}

void MariaPool::State::commit(Session& session, Job& job) {
    try {
        session.connection->execute("COMMIT");
    } catch (const SqlError& failure) {
        fail_job(session, job, failure, Moment::kCommitting);
        session.connection.reset();
    }
}

// The result stands, however this ends.
void MariaPool::State::close_snapshot(Session& session) {
    try {
        session.connection->execute("COMMIT");
    } catch (const SqlError&) {
        session.connection.reset();
    }
}

void MariaPool::State::fail_job(
    Session& session, Job& job, const SqlError& failure, Moment moment
) {
    auto error = to_error(failure, moment);
    if (error.code == Code::kOutcomeUnknown) {
        log.error("mariadb", "the answer to COMMIT did not come", {{"reason", failure.what()}});
    }
    if (maria::is_lost(failure.number())) {
        note(false, failure.what());
        session.connection.reset();
    }
    // Perhaps it is no primary any more: look for the server anew.
    if (error.code == Code::kUnavailable && session.connection) {
        roll_back(session);
        session.connection.reset();
    }
    job.set_error(std::move(error));
}

// One line when it changes, not one for every call.
void MariaPool::State::note(bool is_reachable, const std::string& reason) {
    if (reachable.exchange(is_reachable) == is_reachable || options.silent) return;
    if (is_reachable) {
        log.info("mariadb", "the ledger's server answers again");
    } else {
        log.warn("mariadb", "the ledger's server does not answer", {{"reason", reason}});
    }
}

MariaPool::MariaPool(MariaPoolOptions options, const Clock& clock, Log& log)
    : state_(std::make_unique<State>(std::move(options), clock, log)) {}

MariaPool::~MariaPool() = default;

void MariaPool::submit(std::unique_ptr<Job> job) { state_->submit(std::move(job)); }

Task<Result<Done>> MariaPool::ping(Deadline deadline) {
    return read<Done>(deadline, [](Connection& connection) -> Result<Done> {
        connection.execute("DO 1");
        return Done{};
    });
}

}  // namespace sluice
