#pragma once
// What connection.cc and statement.cc share: the client library's prepared statement with the
// buffers that its parameters and its row live in.

#include <mysql.h>

#include <vector>

#include "adapters/mariadb/connection.h"

namespace sluice::maria {

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
    Prepared(MYSQL* session, std::string_view sql);
    ~Prepared();
    Prepared(const Prepared&) = delete;
    Prepared& operator=(const Prepared&) = delete;

    [[noreturn]] void throw_last() const;
    MYSQL_BIND& next_parameter();
    void bind_cells();
    void complete(std::size_t column);  // fetches a value that did not fit

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
