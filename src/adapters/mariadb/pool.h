#pragma once
// MariaPool: a bounded number of sessions with the ledger's server, each behind a lane (thread) of
// its own. Two kinds: writers (READ COMMITTED) and readers, which run every piece of work in one
// consistent, read-only snapshot that is closed before the result is released; so a long read never
// keeps a write waiting. A call takes a free session of its kind or waits for one.
//
// Every write is one transaction. Whatever goes wrong in it is answered by an explicit ROLLBACK,
// also after a deadlock (the server has ended the transaction, and the next statement would commit
// by itself) and after a lock wait (only the statement is undone, and a COMMIT would keep half). A
// connection that was lost is opened again by the next call.
//
// Errors besides those of the work: kOverloaded (too many wait), kTimeout (the deadline passed
// before the work began), kTransient (certainly rolled back: repeat), kUnavailable (nothing was
// done), kOutcomeUnknown (COMMIT was sent and its answer did not come). A server that stops
// answering ends a call after timeouts.silence.
//
// Thread-safe; calls resume on the caller's executor, which must outlive the pool. Destroying the
// pool waits for the work in hand and drops what still waits, and with it the coroutines that wait.

#include <functional>
#include <memory>

#include "adapters/mariadb/connection.h"
#include "async/suspend.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace sluice {

struct MariaPoolOptions {
    MariaEndpoint endpoint;
    MariaTimeouts timeouts;
    std::size_t writers =
        4;  // settlements of different sales run side by side; of one sale, one by one
    std::size_t readers = 4;  // 0 of a kind: nothing of that kind may be asked
    std::size_t waiting_max =
        4'096;  // calls of one kind that wait for a session; beyond: kOverloaded
    // Says nothing when the server goes or comes back: another pool of this process does.
    bool silent = false;
    // Tests only: the database clock. Sets the session's `timestamp` before every transaction, so
    // that the same SQL sees it.
    std::function<WallTime()> fixed_now;
};

class MariaPool {
public:
    // Connects to nothing yet.
    MariaPool(MariaPoolOptions options, const Clock& clock, Log& log);
    ~MariaPool();
    MariaPool(const MariaPool&) = delete;
    MariaPool& operator=(const MariaPool&) = delete;

    template <class T>
    using Work = std::function<Result<T>(maria::Connection&)>;

    // The work runs on a session's lane. Returning an Error, throwing SqlError or marking the
    // connection for undo rolls it back. It may run twice (when an idle connection turned out to be
    // gone), so it must change nothing but the database.
    template <class T>
    Task<Result<T>> write(Deadline deadline, Work<T> work) {
        return call<T>(Kind::kWrite, deadline, std::move(work));
    }
    template <class T>
    Task<Result<T>> read(Deadline deadline, Work<T> work) {
        return call<T>(Kind::kRead, deadline, std::move(work));
    }

    // Whether a session can be had at all, with the reason if not: for start-up.
    Task<Result<Done>> ping(Deadline deadline);

private:
    enum class Kind : std::uint8_t { kWrite, kRead };
    // A piece of work, then its result, then the coroutine that waits for it.
    class Job {
    public:
        Job(Kind job_kind, Deadline job_deadline) : kind(job_kind), deadline(job_deadline) {}
        virtual ~Job() = default;
        virtual bool run(maria::Connection& connection) = 0;  // false when the result is an Error
        virtual void set_error(Error error) = 0;              // replaces any result
        virtual void release() = 0;                           // resumes the caller; once, last

        const Kind kind;
        const Deadline deadline;
    };
    template <class T>
    class TypedJob;
    struct Session;
    struct Line;
    struct State;

    template <class T>
    Task<Result<T>> call(Kind kind, Deadline deadline, Work<T> work) {
        auto start = [this, kind, deadline,
                      work = std::move(work)](Resume<Result<T>> resume) mutable {
            submit(std::make_unique<TypedJob<T>>(kind, deadline, std::move(work), std::move(resume))
            );
        };
        return suspend<Result<T>>(std::move(start));
    }
    void submit(std::unique_ptr<Job> job);

    std::unique_ptr<State> state_;
};

template <class T>
class MariaPool::TypedJob final : public Job {
public:
    TypedJob(Kind job_kind, Deadline job_deadline, Work<T> work, Resume<Result<T>> resume)
        : Job(job_kind, job_deadline), work_(std::move(work)), resume_(std::move(resume)) {}

    bool run(maria::Connection& connection) override {
        result_.emplace(work_(connection));
        return result_->ok();
    }
    void set_error(Error error) override { result_.emplace(std::move(error)); }
    void release() override { resume_(std::move(*result_)); }

private:
    Work<T> work_;
    Resume<Result<T>> resume_;
    std::optional<Result<T>> result_;  // set before release()
};

}  // namespace sluice
