#pragma once
// Reading the rows of one statement as values, on the caller's connection and transaction; the store's exceptions pass.

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sluice::sql {

// The rows that `sql` finds with these values.
template <class Connection, class Read, class... Values>
auto read_all(Connection& connection, std::string_view sql, Read read, const Values&... values) {
    auto row = connection.prepare(sql);
    std::vector<std::remove_cvref_t<decltype(read(row))>> found;
    row.query(values...);
    while (row.next()) found.push_back(read(row));
    return found;
}

template <class Connection, class Read, class... Values>
auto read_one(Connection& connection, std::string_view sql, Read read, const Values&... values) {
    auto row = connection.prepare(sql);
    std::optional<std::remove_cvref_t<decltype(read(row))>> found;
    if (row.query(values...).next()) found = read(row);
    return found;
}

template <class Connection, class... Values>
bool row_exists(Connection& connection, std::string_view sql, const Values&... values) {
    auto row = connection.prepare(sql);
    return row.query(values...).next();
}

}  // namespace sluice::sql
