#pragma once
// Connection: one sqlite3 handle with its prepared statements kept for reuse, and typed binding and
// reading of the domain's ids, times and quantities (order ids are 16-byte BLOBs, times are
// milliseconds since 1970).
//
// Not thread-safe: one thread at a time. Failures are thrown as SqliteError and never leave the
// adapter: Store (or whoever owns the connection) turns them into an Error with to_error(). The
// destructor closes the handle and does no other I/O: a checkpoint is left to the next opener.

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "base/units.h"

namespace sluice {

class SqliteError : public std::runtime_error {
public:
    SqliteError(int code, const std::string& what) : std::runtime_error(what), code_(code) {}
    int code() const { return code_; }  // extended result code

private:
    int code_;
};

// Busy and locked → kTransient, constraint → kPermanent, I/O, full and damaged → kUnavailable, the
// rest → kInternal.
Error to_error(const SqliteError& failure);

template <class T>
inline constexpr bool kIsStrongInteger = false;
template <class Tag, class Rep>
inline constexpr bool kIsStrongInteger<Strong<Tag, Rep>> = std::is_integral_v<Rep>;
template <class T>
inline constexpr bool kIsStrongText = false;
template <class Tag>
inline constexpr bool kIsStrongText<Strong<Tag, std::string>> = true;

// A prepared statement in use. Returned to the connection's cache when destroyed.
class Statement {
public:
    struct Prepared {
        sqlite3_stmt* handle = nullptr;
        bool busy = false;
    };

    explicit Statement(Prepared& prepared);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    // Binds ?1, ?2, … and executes to the end; may be called again and again. Returns the rows
    // changed.
    template <class... Values>
    int run(const Values&... values) {
        int index = 0;
        (bind(++index, values, SQLITE_STATIC), ...);
        return finish();
    }
    // Binds ?1, ?2, … (copying texts), for reading rows with next().
    template <class... Values>
    Statement& query(const Values&... values) {
        reset();
        int index = 0;
        (bind(++index, values, SQLITE_TRANSIENT), ...);
        return *this;
    }
    bool next();  // false when there are no more rows

    template <class T>
    T get(int column) const;
    // For enumerations kept as text; `parse` returns an optional. Throws SQLITE_CORRUPT on a value
    // it does not know.
    template <class Parse>
    auto get_parsed(int column, Parse parse) const {
        auto parsed = parse(view(column));
        if (!parsed) throw_unknown(column);
        return *parsed;
    }
    bool is_null(int column) const;
    std::string_view view(int column) const;  // valid until the next step

private:
    template <class T>
    void bind(int index, const T& value, sqlite3_destructor_type lifetime);
    void bind_integer(int index, std::int64_t value);
    void bind_text(int index, std::string_view text, sqlite3_destructor_type lifetime);
    void bind_blob(int index, std::string_view bytes, sqlite3_destructor_type lifetime);
    void bind_null(int index);
    std::int64_t integer(int column) const;
    OrderId order_id(int column) const;
    std::string_view blob(int column) const;
    int finish();
    void reset();
    [[noreturn]] void throw_unknown(int column) const;

    Prepared& prepared_;
};

// Bytes to be kept as a BLOB.
struct Blob {
    std::string bytes;
};

class Connection {
public:
    enum class Access : std::uint8_t { kReadWrite, kReadOnly };

    // Opens (and with kReadWrite creates) the file. Errors: kUnavailable with SQLite's reason.
    static Result<std::unique_ptr<Connection>> open(
        const std::string& path, const std::string& vfs, Access access
    );
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // The same text gives the same prepared statement, which must not be in use. Keep texts few:
    // they are never dropped.
    Statement prepare(std::string_view sql);
    // One or more statements without parameters, not cached.
    void execute(const std::string& sql);
    // prepare(sql).run(values…)
    template <class... Values>
    int run(std::string_view sql, const Values&... values) {
        return prepare(sql).run(values...);
    }

    bool in_transaction() const;
    std::int64_t rows_changed() const;  // since the connection was opened

    // What the current work of a Store has written is undone although it returns a value.
    void mark_for_undo() { undo_ = true; }
    bool take_undo_mark() { return std::exchange(undo_, false); }
    std::int64_t last_row_id() const;

private:
    struct TextHash : std::hash<std::string_view> {
        using is_transparent = void;
    };

    explicit Connection(sqlite3* handle) : handle_(handle) {}

    sqlite3* handle_;
    bool undo_ = false;
    std::unordered_map<std::string, Statement::Prepared, TextHash, std::equal_to<>> statements_;
};

// A part of a transaction that can be undone alone. When an exception passes it, the enclosing one
// ends it as well; so its destructor has nothing to do.
class Savepoint {
public:
    explicit Savepoint(Connection& connection) : connection_(connection) {
        connection_.run("SAVEPOINT change");
    }
    void keep() { connection_.run("RELEASE change"); }
    void undo() {
        connection_.run("ROLLBACK TO change");
        connection_.run("RELEASE change");
    }

private:
    Connection& connection_;
};

template <class T>
void Statement::bind(int index, const T& value, sqlite3_destructor_type lifetime) {
    if constexpr (std::is_integral_v<T>) {
        bind_integer(index, static_cast<std::int64_t>(value));
    } else if constexpr (kIsStrongInteger<T>) {
        bind_integer(index, static_cast<std::int64_t>(value.value()));
    } else if constexpr (kIsStrongText<T>) {
        bind_text(index, value.value(), lifetime);
    } else if constexpr (std::is_same_v<T, OrderId>) {
        const auto* bytes = reinterpret_cast<const char*>(value.bytes().data());
        bind_blob(index, {bytes, value.bytes().size()}, lifetime);
    } else if constexpr (std::is_same_v<T, Blob>) {
        bind_blob(index, value.bytes, lifetime);
    } else if constexpr (std::is_same_v<T, WallTime>) {
        bind_integer(index, to_ms(value));
    } else if constexpr (std::is_same_v<T, Millis>) {
        bind_integer(index, value.count());
    } else if constexpr (std::is_same_v<T, Currency>) {
        bind_text(index, value.text(), lifetime);
    } else if constexpr (std::is_same_v<T, std::nullopt_t>) {
        bind_null(index);
    } else if constexpr (requires { value.has_value(); }) {
        if (value.has_value()) {
            bind(index, *value, lifetime);
        } else {
            bind_null(index);
        }
    } else {
        bind_text(index, std::string_view(value), lifetime);
    }
}

template <class T>
T Statement::get(int column) const {
    if constexpr (std::is_same_v<T, bool>) {
        return integer(column) != 0;
    } else if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(integer(column));
    } else if constexpr (kIsStrongInteger<T>) {
        return T{static_cast<typename T::rep>(integer(column))};
    } else if constexpr (kIsStrongText<T>) {
        return T{std::string(view(column))};
    } else if constexpr (std::is_same_v<T, OrderId>) {
        return order_id(column);
    } else if constexpr (std::is_same_v<T, Blob>) {
        return Blob{std::string(blob(column))};
    } else if constexpr (std::is_same_v<T, WallTime>) {
        return wall_from_ms(integer(column));
    } else if constexpr (std::is_same_v<T, Millis>) {
        return Millis{integer(column)};
    } else if constexpr (std::is_same_v<T, Currency>) {
        return get_parsed(column, Currency::parse);
    } else if constexpr (std::is_same_v<T, std::string>) {
        return std::string(view(column));
    } else {  // std::optional
        if (is_null(column)) return std::nullopt;
        return get<typename T::value_type>(column);
    }
}

}  // namespace sluice
