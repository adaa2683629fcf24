#include "adapters/mariadb/connection.h"

#include <mysql.h>

#include <charconv>
#include <map>
#include <mutex>

#include "adapters/mariadb/prepared.h"
#include "base/check.h"

namespace sluice::maria {
namespace {

constexpr std::string_view kStrict = "STRICT_ALL_TABLES";

// Not thread-safe by itself: mysql_init would do it on the way.
void start_library() {
    static std::once_flag once;
    std::call_once(once, [] { mysql_library_init(0, nullptr, nullptr); });
}

void set_seconds(MYSQL* session, mysql_option option, std::chrono::seconds seconds) {
    const auto value = static_cast<unsigned>(seconds.count());
    mysql_options(session, option, &value);
}

std::string_view isolation_of(Role role) {
    return role == Role::kWriter ? "READ COMMITTED" : "REPEATABLE READ";
}

}  // namespace

Answers::Session::Session() : handle((start_library(), mysql_init(nullptr))) {}

void Answers::Session::close() {
    if (handle != nullptr) mysql_close(std::exchange(handle, nullptr));
}

void Answers::Session::throw_last(std::string_view during) const {
    throw SqlError(
        mysql_errno(handle),
        std::string(mysql_error(handle)).append(" during: ").append(during.substr(0, kSqlShown))
    );
}

Connection::Connection(std::unique_ptr<Answers::Session> session) : session_(std::move(session)) {}

Connection::~Connection() {
    session_->close();  // first, so that no statement says goodbye by itself
    statements_.clear();
}

Result<std::unique_ptr<Connection>> Connection::open(
    const MariaEndpoint& endpoint, const MariaTimeouts& timeouts, Role role
) {
    auto session = std::make_unique<Answers::Session>();
    MYSQL* handle = session->handle;
    if (handle == nullptr) return fail(Code::kUnavailable, "no memory for a connection");
    set_seconds(handle, MYSQL_OPT_CONNECT_TIMEOUT, timeouts.connect);
    set_seconds(handle, MYSQL_OPT_READ_TIMEOUT, timeouts.silence);
    set_seconds(handle, MYSQL_OPT_WRITE_TIMEOUT, timeouts.silence);
    const unsigned tcp = MYSQL_PROTOCOL_TCP;
    mysql_options(handle, MYSQL_OPT_PROTOCOL, &tcp);
    const unsigned no = 0;
    mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &no);
    mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    const MYSQL* connected = mysql_real_connect(
        handle, endpoint.host.c_str(), endpoint.user.c_str(), endpoint.password.c_str(),
        endpoint.database.c_str(), endpoint.port, nullptr,
        CLIENT_FOUND_ROWS | CLIENT_MULTI_STATEMENTS
    );
    const auto where = endpoint.host + ":" + std::to_string(endpoint.port) + ": ";
    if (connected == nullptr) {
        const SqlError failure(mysql_errno(handle), where + mysql_error(handle));
        return to_error(failure, Moment::kConnecting);
    }
    std::unique_ptr<Connection> connection(new Connection(std::move(session)));
    try {
        connection->configure(timeouts, role);
    } catch (const SqlError& failure) {
        return fail(Code::kUnavailable, where + failure.what());
    }
    return connection;
}

void Connection::configure(const MariaTimeouts& timeouts, Role role) {
    execute(
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,"
        "NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', autocommit = 1"
    );
    // The index of every long list of ids is named, so the server need not look up each id once
    // more to estimate what the list costs.
    execute(
        "SET SESSION eq_range_index_dive_limit = 1, innodb_lock_wait_timeout = " +
        std::to_string(timeouts.lock_wait.count()) +
        ", wait_timeout = " + std::to_string(timeouts.idle.count())
    );
    execute("SET SESSION TRANSACTION ISOLATION LEVEL " + std::string(isolation_of(role)));
    // Somebody between us and the server (a proxy) may have answered for it.
    auto row = prepare(
        "SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation',"
        " 'sql_mode', 'time_zone', 'autocommit', 'read_only')"
    );
    std::map<std::string, std::string> is;
    row.execute();
    while (row.next()) is[row.get<std::string>(0)] = row.get<std::string>(1);
    const auto expect = [&](bool good, const char* what) {
        if (!good) throw SqlError(0, std::string("the session is not as it was set: ") + what);
    };
    auto& isolation =
        is.contains("tx_isolation") ? is["tx_isolation"] : is["transaction_isolation"];
    expect(
        isolation == (role == Role::kWriter ? "READ-COMMITTED" : "REPEATABLE-READ"), "isolation"
    );
    expect(is["sql_mode"].find(kStrict) != std::string::npos, "sql_mode");
    expect(is["time_zone"] == "+00:00", "time_zone");
    expect(is["autocommit"] == "ON", "autocommit");
    if (role != Role::kAuditor && is["read_only"] != "OFF") {
        throw SqlError(0, "the server is read-only: it is not the primary");
    }
}

bool Connection::answered() const { return session_->answered; }

void Connection::begin(std::string_view start) {
    start_ = start;
    session_->answered = false;
}

void Connection::start() {
    if (!start_.empty()) execute(std::exchange(start_, {}));
}

Statement Connection::prepare(std::string_view sql) {
    start();
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
        auto prepared = std::make_unique<Statement::Prepared>(*session_, sql);
        found = statements_.emplace(std::string(sql), std::move(prepared)).first;
    }
    return Statement(*found->second);
}

Answers Connection::ask(const SqlText& text) {
    SLUICE_CHECK(!text.empty());
    auto sql = std::exchange(start_, {});
    const bool starts = !sql.empty();
    sql.append(starts ? ";" : "").append(text.text());
    sql.pop_back();  // a text that ends in a semicolon has an empty statement behind it
    if (mysql_real_query(session_->handle, sql.data(), sql.size()) != 0) session_->throw_last(sql);
    session_->answered = true;
    return Answers(*session_, starts);
}

void Connection::execute(std::string_view sql) {
    start();
    if (mysql_real_query(session_->handle, sql.data(), sql.size()) != 0) session_->throw_last(sql);
    session_->answered = true;
}

std::uint64_t Connection::last_insert_id() const { return mysql_insert_id(session_->handle); }

}  // namespace sluice::maria
