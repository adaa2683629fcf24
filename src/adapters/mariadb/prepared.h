#pragma once
// What the files of Connection, Statement and Answers share: the client library's session, and its
// prepared statement with the buffers that parameters and row live in.

#include <mysql.h>

#include <vector>

#include "adapters/mariadb/connection.h"

namespace sluice::maria {

inline constexpr std::size_t kSqlShown =
    120;  // characters of a statement in an error; batches are long

struct Answers::Session {
    Session();
    ~Session() { close(); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void close();
    [[noreturn]] void throw_last(std::string_view during) const;

    MYSQL* handle;          // nullptr once closed, or without memory
    bool answered = false;  // anything since the transaction began
    // Of the Answers in use:
    MYSQL_RES* result = nullptr;
    MYSQL_ROW row = nullptr;
    unsigned long* lengths = nullptr;
};

struct Statement::Prepared {
    struct Cell {  // one column of the current row
        bool is_integer = false;
        std::int64_t integer = 0;
        std::vector<char> buffer;  // texts and bytes; grows to the longest value met
        unsigned long length = 0;
        my_bool null = 0;
        my_bool truncated = 0;
    };

    // Throws SqlError when the server refuses the text.
    Prepared(Answers::Session& session, std::string_view sql);
    ~Prepared();
    Prepared(const Prepared&) = delete;
    Prepared& operator=(const Prepared&) = delete;

    [[noreturn]] void throw_last() const;
    MYSQL_BIND& next_parameter();
    void bind_cells();
    void complete(std::size_t column);  // fetches a value that did not fit

    Answers::Session& session;
    MYSQL_STMT* handle;
    std::string sql;
    bool busy = false;
    std::size_t bound = 0;  // parameters so far
    std::vector<MYSQL_BIND> parameters;
    std::vector<std::int64_t> integers;  // of the parameters that are numbers
    std::vector<unsigned long> lengths;  // of those that are texts
    std::vector<Cell> cells;             // empty: the statement gives no rows
    std::vector<MYSQL_BIND> cell_binds;
};

}  // namespace sluice::maria
