#include "adapters/mariadb/migrations.h"

#include <algorithm>
#include <map>
#include <vector>

#include "adapters/mariadb/connection.h"
#include "adapters/mariadb/named_lock.h"
#include "base/hmac.h"
#include "mariadb_migrations.h"

namespace sluice {
namespace {

using maria::Connection;
using maria::SqlError;

// Longest time that one process lets another one migrate.
constexpr int kTurnSeconds = 600;

// A statement may rebuild a large table.
MariaTimeouts patient() {
    MariaTimeouts timeouts;
    timeouts.silence = std::chrono::seconds{3'600};
    timeouts.idle = std::chrono::seconds{3'600};
    return timeouts;
}

std::string checksum(std::string_view text) { return hex(HmacKey("sluice migration").sign(text)); }

// Without comment lines; a statement ends with its line.
std::vector<std::string> statements_of(std::string_view text) {
    std::vector<std::string> statements;
    std::string current;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.starts_with("--")) continue;
        const bool last = line.ends_with(';');
        current.append(last ? line.substr(0, line.size() - 1) : line).append("\n");
        if (last) statements.push_back(std::exchange(current, {}));
    }
    return statements;
}

struct Record {
    std::size_t done = 0;   // statements
    bool in_doubt = false;  // nobody knows whether the next one was carried out
    std::string checksum;
};
using Records = std::map<std::string, Record, std::less<>>;

class Migrator {
public:
    explicit Migrator(Connection& connection) : connection_(connection) {}

    Result<Done> run();

private:
    bool take_turn();
    void end_turn();
    Result<Done> apply_all(const Records& records);
    void apply(std::string_view name, std::string_view text, const Record& before);
    void apply_statement(std::string_view name, const std::string& statement, bool perhaps_done);

    Connection& connection_;
};

bool Migrator::take_turn() {
    auto row = connection_.prepare("SELECT GET_LOCK(" + maria::named_lock("migrate") + ", ?) = 1");
    row.query(kTurnSeconds);
    return row.next() && !row.is_null(0) && row.get<bool>(0);
}

void Migrator::end_turn() {
    auto row = connection_.prepare("SELECT RELEASE_LOCK(" + maria::named_lock("migrate") + ")");
    row.execute();
}

Records read_records(Connection& connection) {
    Records records;
    auto row =
        connection.prepare("SELECT name, statements_done, in_doubt, checksum FROM schema_migrations"
        );
    row.execute();
    while (row.next()) {
        records[row.get<std::string>(0)] = {
            row.get<std::size_t>(1), row.get<bool>(2), row.get<std::string>(3)};
    }
    return records;
}

// nullptr: this program has no migration of that name.
const std::string_view* text_of(std::string_view name) {
    for (const auto& [known, text] : mariadb_migrations::kAll) {
        if (known == name) return &text;
    }
    return nullptr;
}

// Why this program must not touch the database; "" when it may.
std::string strange(const Records& records) {
    for (const auto& [name, record] : records) {
        const auto* text = text_of(name);
        if (text == nullptr) return "the database was written by a newer version (" + name + ")";
        if (record.checksum != checksum(*text)) {
            return "migration " + name + " was changed after it had been applied";
        }
    }
    return "";
}

Result<Done> Migrator::run() {
    if (!take_turn()) return fail(Code::kUnavailable, "another process is migrating the database");
    connection_.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations ("
        "name VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
        " statements_done INT NOT NULL, in_doubt TINYINT NOT NULL,"
        " checksum CHAR(64) CHARACTER SET ascii NOT NULL,"
        " PRIMARY KEY (name)) ENGINE = InnoDB"
    );
    auto applied = apply_all(read_records(connection_));
    end_turn();
    return applied;
}

Result<Done> Migrator::apply_all(const Records& records) {
    if (const auto why = strange(records); !why.empty()) return fail(Code::kConflict, why);
    for (const auto& [name, text] : mariadb_migrations::kAll) {
        const auto record = records.find(name);
        if (record == records.end()) {
            connection_.run(
                "INSERT INTO schema_migrations (name, statements_done, in_doubt, checksum)"
                " VALUES (?, 0, 0, ?)",
                name, checksum(text)
            );
        }
        apply(name, text, record == records.end() ? Record{} : record->second);
    }
    return Done{};
}

void Migrator::apply(std::string_view name, std::string_view text, const Record& before) {
    const auto statements = statements_of(text);
    if (before.done < statements.size()) {
        connection_.run("UPDATE schema_migrations SET in_doubt = 1 WHERE name = ?", name);
    }
    for (std::size_t i = before.done; i < statements.size(); ++i) {
        apply_statement(name, statements[i], before.in_doubt && i == before.done);
        const bool more = i + 1 < statements.size();
        connection_.run(
            "UPDATE schema_migrations SET statements_done = ?, in_doubt = ? WHERE name = ?", i + 1,
            more, name
        );
    }
}

void Migrator::apply_statement(
    std::string_view name, const std::string& statement, bool perhaps_done
) {
    try {
        connection_.execute(statement);
    } catch (const SqlError& failure) {
        if (perhaps_done && maria::is_already_done(failure.number())) return;
        if (!maria::is_lost(failure.number())) {  // it was refused: no doubt about that
            connection_.run("UPDATE schema_migrations SET in_doubt = 0 WHERE name = ?", name);
        }
        throw;
    }
}

}  // namespace

Result<Done> migrate(const MariaEndpoint& endpoint) {
    auto connection = Connection::open(endpoint, patient(), maria::Role::kWriter);
    if (!connection.ok()) return connection.error();
    try {
        return Migrator(**connection).run();
    } catch (const SqlError& failure) {
        return fail(Code::kUnavailable, std::string("migration: ") + failure.what());
    }
}

Result<std::string> schema_difference(const MariaEndpoint& endpoint) {
    auto connection = Connection::open(endpoint, {}, maria::Role::kAuditor);
    if (!connection.ok()) return connection.error();
    try {
        const auto records = read_records(**connection);
        if (auto why = strange(records); !why.empty()) return why;
        for (const auto& [name, text] : mariadb_migrations::kAll) {
            const auto record = records.find(name);
            if (record == records.end())
                return "migration " + std::string(name) + " is not applied";
            if (record->second.done != statements_of(text).size()) {
                return "migration " + std::string(name) + " is not finished";
            }
        }
        return std::string();
    } catch (const SqlError& failure) {
        if (failure.number() == 1146) return std::string("there is no schema yet");
        return fail(Code::kUnavailable, failure.what());
    }
}

}  // namespace sluice
