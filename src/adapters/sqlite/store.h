#pragma once
// Store: one SQLite database file in WAL mode, synchronous=FULL, with two lanes. The writer lane
// commits in groups: all writes waiting when it starts form one transaction, in which each can be
// undone alone; results are released only after the COMMIT, and when the COMMIT fails every one of
// them is kOutcomeUnknown. The reader lane has its own connection and runs each read in one
// deferred transaction, i.e. one consistent snapshot.
//
// Thread-safe; calls resume on the caller's executor. The queue and the ledger share a Store (file
// and fsync), but no logical change spans both. Lanes and executors outlive the Store. Destroying a
// Store drops what still waits (and with it the coroutines that wait) and does no I/O: that is how
// a killed process ends in the simulator.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/sqlite/connection.h"
#include "async/lane.h"
#include "async/suspend.h"
#include "ports/log.h"

namespace sluice {

struct StoreOptions {
    std::string path;
    std::string vfs;                     // "" = the default one
    std::string synchronous = "FULL";    // OFF only to show that the crash test bites
    std::size_t group_writes_max = 256;  // bounds how long a commit may take
    std::size_t waiting_max = 65'536;    // writes waiting; beyond: kOverloaded
};

class Store {
public:
    // Opens or creates the file, sets its pragmas and applies the migrations. Errors: kUnavailable
    // with SQLite's reason; kConflict when the file was written by a newer version.
    static Result<std::unique_ptr<Store>> open(
        StoreOptions options, Lane& writer, Lane& reader, Log& log
    );
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    // The function runs on the writer lane: returning an Error, throwing SqliteError or marking the
    // connection for undo rolls back just this write. SQLITE_BUSY/LOCKED → kTransient, constraint →
    // kPermanent, I/O and full → kUnavailable. It may run twice (when a neighbour in its group has
    // to be undone), so it must change nothing but the database.
    template <class T>
    Task<Result<T>> write(std::function<Result<T>(Connection&)> work) {
        auto start = [this, work = std::move(work)](Resume<Result<T>> resume) mutable {
            submit_write(std::make_unique<TypedJob<T>>(std::move(work), std::move(resume)));
        };
        return suspend<Result<T>>(std::move(start));
    }
    template <class T>
    Task<Result<T>> read(std::function<Result<T>(Connection&)> work) {
        auto start = [this, work = std::move(work)](Resume<Result<T>> resume) mutable {
            submit_read(std::make_unique<TypedJob<T>>(std::move(work), std::move(resume)));
        };
        return suspend<Result<T>>(std::move(start));
    }

private:
    // A piece of work, then its result, then the coroutine that waits for it.
    class Job {
    public:
        virtual ~Job() = default;
        virtual bool run(Connection& connection) = 0;  // false when the result is an Error
        virtual void set_error(Error error) = 0;       // replaces any result
        virtual void release() = 0;                    // resumes the caller; once, last
    };
    template <class T>
    class TypedJob;
    struct State;

    explicit Store(std::shared_ptr<State> state) : state_(std::move(state)) {}
    void submit_write(std::unique_ptr<Job> job);
    void submit_read(std::unique_ptr<Job> job);

    // Shared with work posted to the lanes, which only holds it weakly.
    std::shared_ptr<State> state_;
};

template <class T>
class Store::TypedJob final : public Job {
public:
    TypedJob(std::function<Result<T>(Connection&)> work, Resume<Result<T>> resume)
        : work_(std::move(work)), resume_(std::move(resume)) {}

    bool run(Connection& connection) override {
        result_.emplace(work_(connection));
        return result_->ok();
    }
    void set_error(Error error) override { result_.emplace(std::move(error)); }
    void release() override { resume_(std::move(*result_)); }

private:
    std::function<Result<T>(Connection&)> work_;
    Resume<Result<T>> resume_;
    std::optional<Result<T>> result_;  // set before release()
};

}  // namespace sluice
