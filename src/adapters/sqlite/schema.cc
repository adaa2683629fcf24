#include "adapters/sqlite/schema.h"

#include <algorithm>
#include <set>

#include "sqlite_migrations.h"

namespace sluice {
namespace {

bool is_embedded(const std::string& name) {
    const auto& all = sqlite_migrations::kAll;
    return std::any_of(all.begin(), all.end(), [&](const auto& known) {
        return known.first == name;
    });
}

std::set<std::string, std::less<>> applied_migrations(Connection& connection) {
    std::set<std::string, std::less<>> names;
    auto rows = connection.prepare("SELECT name FROM schema_migrations");
    while (rows.next()) names.insert(rows.get<std::string>(0));
    return names;
}

}  // namespace

void configure_writer(Connection& connection, const std::string& synchronous) {
    // A commit appends to the WAL and syncs it once. A checkpoint writes each page of the last
    // 16,000 (64 MB) once, however often it changed: rare checkpoints are cheap ones. temp_store
    // keeps the undo copies of savepoints in memory.
    connection.execute("PRAGMA journal_mode=WAL");
    connection.execute("PRAGMA synchronous=" + synchronous);
    connection.execute(
        "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536;"
        "PRAGMA wal_autocheckpoint=16000; PRAGMA journal_size_limit=134217728"
    );
}

void configure_reader(Connection& connection) {
    connection.execute("PRAGMA query_only=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536");
}

Result<Done> migrate(Connection& connection) {
    connection.execute("CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY) STRICT"
    );
    const auto applied = applied_migrations(connection);
    for (const auto& name : applied) {
        if (is_embedded(name)) continue;
        return fail(Code::kConflict, "the database was written by a newer version (" + name + ")");
    }
    for (const auto& [name, text] : sqlite_migrations::kAll) {
        if (applied.contains(name)) continue;
        connection.execute("BEGIN IMMEDIATE");
        connection.execute(std::string(text));
        connection.run("INSERT INTO schema_migrations (name) VALUES (?1)", name);
        connection.execute("COMMIT");
    }
    return Done{};
}

}  // namespace sluice
