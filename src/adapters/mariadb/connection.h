#pragma once
// Connection: one session with the server. Single statements are prepared and kept for reuse
// (Statement); batches go as one text of several statements in one round trip (SqlText, Answers).
//
// Not thread-safe: one thread at a time. Failures are thrown as SqlError and never leave the
// adapter. Rows of a Statement come straight from the wire, so it has to be read to its end, or
// destroyed, before anything else is asked. Destroying a connection sends a farewell and waits for
// nothing.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "adapters/mariadb/endpoint.h"
#include "adapters/mariadb/errors.h"
#include "adapters/mariadb/row.h"
#include "adapters/mariadb/sql_text.h"
#include "base/result.h"

namespace sluice::maria {

// A prepared statement in use. Given back to the connection when destroyed.
class Statement final : public Row {
public:
    struct Prepared;

    explicit Statement(Prepared& prepared);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    // The next parameters, in order. Texts are not copied: they must live until execute().
    template <class... Values>
    Statement& add(const Values&... values) {
        (visit_value(values, *this), ...);
        return *this;
    }
    // Rows that the statement inserted, deleted or found to update (CLIENT_FOUND_ROWS); begins the
    // parameters anew. With a SELECT: next() follows.
    std::uint64_t execute();

    template <class... Values>
    std::uint64_t run(const Values&... values) {
        return add(values...).execute();
    }
    template <class... Values>
    Statement& query(const Values&... values) {
        add(values...).execute();
        return *this;
    }
    bool next();  // false when there are no more rows

    bool is_null(int column) const override;
    std::string_view view(int column) const override;

    // The sink of visit_value().
    void integer(std::int64_t value);
    void bytes(std::string_view bytes);
    void text(std::string_view text);
    void null();

private:
    std::int64_t number(int column) const override;
    [[noreturn]] void throw_unknown(int column) const override;

    Prepared& prepared_;
};

// The answers to a SqlText, in order. Whatever is not read is dropped at the end.
class Answers final : public Row {
public:
    struct Session;

    // behind_start: the first answer is that to the start of the transaction.
    Answers(Session& session, bool behind_start) : session_(session), first_(!behind_start) {}
    ~Answers();
    Answers(const Answers&) = delete;
    Answers& operator=(const Answers&) = delete;

    // The next statement's answer; throws its error, after which none follows (the server carries
    // out nothing behind a failed statement). Returns the rows it changed or found to update.
    std::uint64_t next_statement();
    bool next();  // the next row of it

    bool is_null(int column) const override;
    std::string_view view(int column) const override;

private:
    std::int64_t number(int column) const override;
    [[noreturn]] void throw_unknown(int column) const override;
    void drop_result();

    Session& session_;
    bool first_;  // its answer has come already
    bool failed_ = false;
};

// What a session is for; its isolation level is set once and verified.
enum class Role : std::uint8_t {
    kWriter,   // READ COMMITTED
    kReader,   // REPEATABLE READ, for transactions WITH CONSISTENT SNAPSHOT
    kAuditor,  // as kReader, and a server that is read-only will do
};

class Connection {
public:
    // Connects, sets the session (strict mode, UTC, autocommit, isolation) and verifies it, and
    // that the server is not read-only: a replica is not the ledger. Errors: kUnavailable with the
    // reason.
    static Result<std::unique_ptr<Connection>> open(
        const MariaEndpoint& endpoint, const MariaTimeouts& timeouts, Role role
    );
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // A transaction starts with what is asked next; spares a round trip when that is a SqlText.
    void begin(std::string_view start);
    // True once the server has answered anything since begin().
    bool answered() const;
    // A new transaction instead of the one that met an error.
    void start_again() {
        execute("ROLLBACK");
        execute("START TRANSACTION");
    }

    // The same text gives the same prepared statement, which must not be in use. Keep texts few:
    // they are never dropped.
    Statement prepare(std::string_view sql);
    // prepare(sql).run(values…)
    template <class... Values>
    std::uint64_t run(std::string_view sql, const Values&... values) {
        return prepare(sql).run(values...);
    }
    // All statements at once; throws the first one's error. The answers must be gone before
    // anything else is asked.
    Answers ask(const SqlText& text);
    // One statement without parameters and rows.
    void execute(std::string_view sql);
    std::uint64_t last_insert_id() const;

    // What the current work of a pool has written is undone although it returns a value.
    void mark_for_undo() { undo_ = true; }
    bool take_undo_mark() { return std::exchange(undo_, false); }

private:
    struct TextHash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    using Statements = std::unordered_map<
        std::string, std::unique_ptr<Statement::Prepared>, TextHash, std::equal_to<>>;

    explicit Connection(std::unique_ptr<Answers::Session> session);
    void configure(const MariaTimeouts& timeouts, Role role);
    void start();

    std::unique_ptr<Answers::Session> session_;
    std::string start_;  // of a transaction that has not started yet
    bool undo_ = false;
    Statements statements_;
};

}  // namespace sluice::maria
