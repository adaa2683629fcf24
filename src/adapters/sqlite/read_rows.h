#pragma once
// Reading the rows of one statement as values, on the caller's connection and transaction; failures
// are thrown as SqliteError.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/sqlite/connection.h"

namespace sluice {

// The rows that `sql` finds with these values.
template <class Read, class... Values>
auto read_all(Connection& connection, const std::string& sql, Read read, const Values&... values) {
    std::vector<decltype(read(std::declval<const Statement&>()))> found;
    auto row = connection.prepare(sql);
    row.query(values...);
    while (row.next()) found.push_back(read(row));
    return found;
}

template <class Read, class... Values>
auto read_one(Connection& connection, const std::string& sql, Read read, const Values&... values) {
    std::optional<decltype(read(std::declval<const Statement&>()))> found;
    auto row = connection.prepare(sql);
    if (row.query(values...).next()) found = read(row);
    return found;
}

inline bool row_exists(Connection& connection, std::string_view sql, std::int64_t id) {
    auto row = connection.prepare(sql);
    return row.query(id).next();
}

}  // namespace sluice
