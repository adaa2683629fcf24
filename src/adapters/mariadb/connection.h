#pragma once
// Connection: one session with the server, with its prepared statements kept for reuse, and
// Statement: typed binding and reading of the domain's ids, times and quantities (order ids are 16
// bytes, times are milliseconds since 1970).
//
// Not thread-safe: one thread at a time. Failures are thrown as SqlError and never leave the
// adapter. Rows come straight from the wire, so a statement has to be read to its end, or
// destroyed, before the next one starts. Destroying a connection sends a farewell and waits for
// nothing.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "adapters/mariadb/endpoint.h"
#include "adapters/mariadb/errors.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "base/units.h"

namespace sluice::maria {

template <class T>
inline constexpr bool kIsStrongInteger = false;
template <class Tag, class Rep>
inline constexpr bool kIsStrongInteger<Strong<Tag, Rep>> = std::is_integral_v<Rep>;
template <class T>
inline constexpr bool kIsStrongText = false;
template <class Tag>
inline constexpr bool kIsStrongText<Strong<Tag, std::string>> = true;

// Bound as bytes, compared as bytes; a view: the caller keeps the text.
struct Bytes {
    std::string_view view;
};

// A prepared statement in use. Given back to the connection when destroyed.
class Statement {
public:
    struct Prepared;

    explicit Statement(Prepared& prepared);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    // The next parameters, in order. Texts are not copied: they must live until execute().
    template <class... Values>
    Statement& add(const Values&... values) {
        (bind(values), ...);
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

    template <class T>
    T get(int column) const;
    // For enumerations; `parse` returns an optional. Throws on a value that it does not know.
    template <class Parse>
    auto get_parsed(int column, Parse parse) const {
        auto parsed = parse(view(column));
        if (!parsed) throw_unknown(column);
        return *parsed;
    }
    bool is_null(int column) const;
    std::string_view view(int column) const;  // of texts and bytes; valid until the next row

private:
    template <class T>
    void bind(const T& value);
    void bind_integer(std::int64_t value);
    void bind_text(std::string_view text);
    void bind_bytes(std::string_view bytes);
    void bind_null();
    std::int64_t integer(int column) const;
    OrderId order_id(int column) const;
    [[noreturn]] void throw_unknown(int column) const;

    Prepared& prepared_;
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

    // The same text gives the same prepared statement, which must not be in use. Keep texts few:
    // they are never dropped.
    Statement prepare(std::string_view sql);
    // One statement without parameters and rows, not prepared.
    void execute(std::string_view sql);
    // prepare(sql).run(values…)
    template <class... Values>
    std::uint64_t run(std::string_view sql, const Values&... values) {
        return prepare(sql).run(values...);
    }
    std::uint64_t last_insert_id() const;

    // A new transaction instead of the one that met an error.
    void start_again() {
        execute("ROLLBACK");
        execute("START TRANSACTION");
    }
    // What the current work of a pool has written is undone although it returns a value.
    void mark_for_undo() { undo_ = true; }
    bool take_undo_mark() { return std::exchange(undo_, false); }

private:
    struct Session;
    struct TextHash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    using Statements = std::unordered_map<
        std::string, std::unique_ptr<Statement::Prepared>, TextHash, std::equal_to<>>;

    explicit Connection(std::unique_ptr<Session> session);
    void configure(const MariaTimeouts& timeouts, Role role);

    std::unique_ptr<Session> session_;
    bool undo_ = false;
    Statements statements_;
};

template <class T>
void Statement::bind(const T& value) {
    if constexpr (std::is_integral_v<T>) {
        bind_integer(static_cast<std::int64_t>(value));
    } else if constexpr (kIsStrongInteger<T>) {
        bind_integer(static_cast<std::int64_t>(value.value()));
    } else if constexpr (kIsStrongText<T>) {
        bind_bytes(value.value());
    } else if constexpr (std::is_same_v<T, OrderId>) {
        const auto* bytes = reinterpret_cast<const char*>(value.bytes().data());
        bind_bytes({bytes, value.bytes().size()});
    } else if constexpr (std::is_same_v<T, Bytes>) {
        bind_bytes(value.view);
    } else if constexpr (std::is_same_v<T, WallTime>) {
        bind_integer(to_ms(value));
    } else if constexpr (std::is_same_v<T, Millis>) {
        bind_integer(value.count());
    } else if constexpr (std::is_same_v<T, Currency>) {
        bind_text(value.text());
    } else if constexpr (requires { value.has_value(); }) {
        if (value.has_value()) {
            bind(*value);
        } else {
            bind_null();
        }
    } else {
        bind_text(std::string_view(value));
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

}  // namespace sluice::maria
