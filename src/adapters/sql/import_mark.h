#pragma once
// Which import a platform comes from and how far it got, as rows of settings. On the caller's connection and transaction;
// the store's exceptions pass.

#include <array>
#include <utility>

#include "adapters/sql/read_rows.h"
#include "ports/platform_import.h"

namespace sluice::sql {

inline constexpr std::array kImportSettings{
    std::pair<std::string_view, std::int64_t ImportMark::*>{"seed_number", &ImportMark::seed},
    std::pair<std::string_view, std::int64_t ImportMark::*>{"seed_shops", &ImportMark::shops},
    std::pair<std::string_view, std::int64_t ImportMark::*>{"seed_reviews", &ImportMark::reviews},
    std::pair<std::string_view, std::int64_t ImportMark::*>{"seed_next", &ImportMark::next}};

template <class Connection>
ImportState read_import_state(Connection& connection) {
    ImportState state;
    ImportMark mark;
    std::size_t found = 0;
    for (const auto& [name, member] : kImportSettings) {
        const auto read = [](const auto& row) { return row.template get<std::int64_t>(0); };
        const auto value = read_one(connection, "SELECT value FROM settings WHERE name = ?", read, name);
        if (value) mark.*member = *value;
        found += value ? 1 : 0;
    }
    if (found == kImportSettings.size()) state.mark = mark;
    state.empty = !row_exists(connection, "SELECT 1 FROM shops LIMIT 1");
    return state;
}

template <class Connection>
void write_import_mark(Connection& connection, const ImportMark& mark) {
    for (const auto& [name, member] : kImportSettings) {
        connection.run("REPLACE INTO settings (name, value) VALUES (?, ?)", name, mark.*member);
    }
}

}  // namespace sluice::sql
