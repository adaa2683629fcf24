#include "adapters/mariadb/mariadb_checks.h"

#include <cstdlib>
#include <map>

#include "adapters/mariadb/migrations.h"
#include "adapters/mariadb/rows.h"

namespace sluice {
namespace {

using maria::Connection;
using maria::SqlError;

constexpr Millis kClockDifferenceMax{1'000};

using Variables = std::map<std::string, std::string, std::less<>>;

Variables read_variables(Connection& connection) {
    Variables variables;
    auto row = connection.prepare(
        "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_flush_log_at_trx_commit', 'log_bin',"
        " 'sync_binlog', 'innodb_doublewrite', 'read_only', 'version', 'version_comment')"
    );
    row.execute();
    while (row.next()) variables[row.get<std::string>(0)] = row.get<std::string>(1);
    return variables;
}

MariaCheck check(std::string name, bool ok, std::string detail, std::string fix) {
    return {std::move(name), ok, std::move(detail), ok ? std::string() : std::move(fix)};
}

MariaCheck check_commit(Variables& is) {
    const auto& value = is["innodb_flush_log_at_trx_commit"];
    return check(
        "durable commits", value == "1", "innodb_flush_log_at_trx_commit=" + value,
        "set innodb_flush_log_at_trx_commit=1: otherwise a crash forgets orders that were confirmed"
    );
}

MariaCheck check_binlog(Variables& is) {
    if (is["log_bin"] != "ON") return check("durable binlog", true, "log_bin=OFF", "");
    const auto& value = is["sync_binlog"];
    return check(
        "durable binlog", value == "1", "log_bin=ON sync_binlog=" + value,
        "set sync_binlog=1: otherwise a replica may know less, or more, than its primary"
    );
}

MariaCheck check_doublewrite(Variables& is) {
    const auto& value = is["innodb_doublewrite"];
    return check(
        "torn pages", value != "OFF" && value != "0", "innodb_doublewrite=" + value,
        "set innodb_doublewrite=ON, unless the file system writes pages atomically"
    );
}

MariaCheck check_primary(Variables& is) {
    const auto& value = is["read_only"];
    return check(
        "primary", value == "OFF" || value == "0", "read_only=" + value,
        "name the primary in [ledger]: the ledger has one fresh primary, and leases come from it"
    );
}

// MariaDB 10.6 and MySQL 8.0.16 are the first with SKIP LOCKED and with enforced CHECKs.
MariaCheck check_version(Variables& is) {
    const auto& version = is["version"];
    const bool maria = version.find("MariaDB") != std::string::npos ||
                       is["version_comment"].find("MariaDB") != std::string::npos;
    char* end = nullptr;
    const long major = std::strtol(version.c_str(), &end, 10);
    const long minor = *end == '.' ? std::strtol(end + 1, &end, 10) : 0;
    const long patch = *end == '.' ? std::strtol(end + 1, &end, 10) : 0;
    const bool new_enough = maria ? major > 10 || (major == 10 && minor >= 6)
                                  : major > 8 || (major == 8 && (minor > 0 || patch >= 16));
    return check(
        "version", new_enough, version, "use MariaDB 10.6 or newer, or MySQL 8.0.16 or newer"
    );
}

MariaCheck check_clock(Connection& connection, const Clock& clock) {
    const auto before = clock.wall();
    const auto theirs = maria::read_now(connection);
    const auto after = clock.wall();
    const auto ours = before + (after - before) / 2;
    const auto difference = theirs > ours ? theirs - ours : ours - theirs;
    return check(
        "clock", difference <= kClockDifferenceMax + (after - before),
        std::to_string((theirs - ours).count()) + " ms ahead of ours",
        "let both machines follow NTP: deadlines of payment go by the server's clock"
    );
}

MariaCheck check_schema(const MariaEndpoint& endpoint) {
    auto difference = schema_difference(endpoint);
    const auto detail = difference.ok() ? *difference : to_string(difference.error());
    return check(
        "schema", detail.empty(), detail.empty() ? "up to date" : detail, "run `sluice migrate`"
    );
}

}  // namespace

std::vector<MariaCheck> check_mariadb(const MariaEndpoint& endpoint, const Clock& clock) {
    const auto where = endpoint.user + "@" + endpoint.host + ":" + std::to_string(endpoint.port) +
                       "/" + endpoint.database;
    auto opened = Connection::open(endpoint, {}, maria::Role::kAuditor);
    if (!opened.ok()) {
        return {check(
            "connection", false, opened.error().detail,
            "start the server, or correct address, user, password and database (" + where + ")"
        )};
    }
    std::vector<MariaCheck> checks{check("connection", true, where, "")};
    try {
        Connection& connection = **opened;
        auto is = read_variables(connection);
        checks.push_back(check_version(is));
        checks.push_back(check_primary(is));
        checks.push_back(check_commit(is));
        checks.push_back(check_binlog(is));
        checks.push_back(check_doublewrite(is));
        // Isolation, strict mode and time zone are set by every session and verified when it opens.
        checks.push_back(check("session", true, "strict, UTC, its own isolation level", ""));
        checks.push_back(check_clock(connection, clock));
    } catch (const SqlError& failure) {
        checks.push_back(check("questions", false, failure.what(), "look at the server's log"));
        return checks;
    }
    checks.push_back(check_schema(endpoint));
    return checks;
}

}  // namespace sluice
