#include "adapters/sqlite/connection.h"

#include <array>
#include <cstring>

#include "base/check.h"

namespace sluice {
namespace {

[[noreturn]] void throw_last(sqlite3* handle, std::string_view during) {
    const int code = sqlite3_extended_errcode(handle);
    throw SqliteError(
        code, std::string(sqlite3_errmsg(handle)) + " during: " + std::string(during)
    );
}

void expect_ok(sqlite3_stmt* statement, int code) {
    if (code != SQLITE_OK) throw_last(sqlite3_db_handle(statement), sqlite3_sql(statement));
}

constexpr int kBusyTimeoutMs = 2'000;  // only another process (an auditor) ever makes us wait

}  // namespace

Error to_error(const SqliteError& failure) {
    switch (failure.code() & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return fail(Code::kTransient, failure.what());
        case SQLITE_CONSTRAINT:
        case SQLITE_MISMATCH:
        case SQLITE_TOOBIG:
            return fail(Code::kPermanent, failure.what());
        case SQLITE_IOERR:
        case SQLITE_FULL:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_NOMEM:
        case SQLITE_PROTOCOL:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return fail(Code::kUnavailable, failure.what());
        default:  // not an enumeration of ours: SQLite's codes are open-ended
            return fail(Code::kInternal, failure.what());
    }
}

Statement::Statement(Prepared& prepared) : prepared_(prepared) {
    SLUICE_CHECK(!prepared_.busy);
    prepared_.busy = true;
}

Statement::~Statement() {
    sqlite3_reset(prepared_.handle);
    sqlite3_clear_bindings(prepared_.handle);  // pointers bound by run() are gone by now
    prepared_.busy = false;
}

bool Statement::next() {
    const int code = sqlite3_step(prepared_.handle);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    throw_last(sqlite3_db_handle(prepared_.handle), sqlite3_sql(prepared_.handle));
}

int Statement::finish() {
    while (next()) {
    }
    const int changed = sqlite3_changes(sqlite3_db_handle(prepared_.handle));
    reset();
    return changed;
}

void Statement::reset() { sqlite3_reset(prepared_.handle); }

bool Statement::is_null(int column) const {
    return sqlite3_column_type(prepared_.handle, column) == SQLITE_NULL;
}

std::string_view Statement::view(int column) const {
    const auto* text = sqlite3_column_text(prepared_.handle, column);
    if (text == nullptr) return {};
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(prepared_.handle, column));
    return {reinterpret_cast<const char*>(text), size};
}

std::string_view Statement::blob(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(prepared_.handle, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(prepared_.handle, column))};
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(prepared_.handle, column);
}

OrderId Statement::order_id(int column) const {
    const auto bytes = blob(column);
    OrderId::Bytes id{};
    if (bytes.size() != id.size()) throw_unknown(column);
    std::memcpy(id.data(), bytes.data(), id.size());
    return OrderId{id};
}

void Statement::throw_unknown(int column) const {
    const char* name = sqlite3_column_name(prepared_.handle, column);
    throw SqliteError(SQLITE_CORRUPT, std::string("unknown value in column ") + name);
}

void Statement::bind_integer(int index, std::int64_t value) {
    expect_ok(prepared_.handle, sqlite3_bind_int64(prepared_.handle, index, value));
}

void Statement::bind_text(int index, std::string_view text, sqlite3_destructor_type lifetime) {
    const char* data = text.data() == nullptr ? "" : text.data();  // a null pointer would bind NULL
    const auto size = static_cast<sqlite3_uint64>(text.size());
    auto* handle = prepared_.handle;
    expect_ok(handle, sqlite3_bind_text64(handle, index, data, size, lifetime, SQLITE_UTF8));
}

void Statement::bind_blob(int index, std::string_view bytes, sqlite3_destructor_type lifetime) {
    const char* data = bytes.data() == nullptr ? "" : bytes.data();
    const auto size = static_cast<sqlite3_uint64>(bytes.size());
    expect_ok(prepared_.handle, sqlite3_bind_blob64(prepared_.handle, index, data, size, lifetime));
}

void Statement::bind_null(int index) {
    expect_ok(prepared_.handle, sqlite3_bind_null(prepared_.handle, index));
}

Result<std::unique_ptr<Connection>> Connection::open(
    const std::string& path, const std::string& vfs, Access access
) {
    const int mode = access == Access::kReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                  : SQLITE_OPEN_READONLY;
    const int flags = mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    sqlite3* handle = nullptr;
    const char* vfs_name = vfs.empty() ? nullptr : vfs.c_str();
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags, vfs_name);
    std::unique_ptr<Connection> connection(new Connection(handle));  // closed even after a failure
    if (code != SQLITE_OK) {
        const char* why = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
        return fail(Code::kUnavailable, "cannot open " + path + ": " + why);
    }
    sqlite3_busy_timeout(handle, kBusyTimeoutMs);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return connection;
}

Connection::~Connection() {
    for (auto& [sql, prepared] : statements_) sqlite3_finalize(prepared.handle);
    sqlite3_close(handle_);
}

Statement Connection::prepare(std::string_view sql) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
        sqlite3_stmt* handle = nullptr;
        const int size = static_cast<int>(sql.size());
        const int code = sqlite3_prepare_v3(
            handle_, sql.data(), size, SQLITE_PREPARE_PERSISTENT, &handle, nullptr
        );
        if (code != SQLITE_OK) throw_last(handle_, sql);
        found = statements_.emplace(std::string(sql), Statement::Prepared{handle, false}).first;
    }
    return Statement(found->second);
}

void Connection::execute(const std::string& sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        throw_last(handle_, sql);
    }
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

std::int64_t Connection::rows_changed() const { return sqlite3_total_changes64(handle_); }

std::int64_t Connection::last_row_id() const { return sqlite3_last_insert_rowid(handle_); }

}  // namespace sluice
