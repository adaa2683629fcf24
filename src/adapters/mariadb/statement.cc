#include <algorithm>

#include "adapters/mariadb/prepared.h"
#include "base/check.h"

namespace sluice::maria {
namespace {

constexpr std::size_t kCellBytesFirst = 128;

bool holds_integer(const MYSQL_FIELD& field) {
    switch (field.type) {
        case MYSQL_TYPE_TINY:
        case MYSQL_TYPE_SHORT:
        case MYSQL_TYPE_INT24:
        case MYSQL_TYPE_LONG:
        case MYSQL_TYPE_LONGLONG:
            return true;
        default:  // the client library's, and open-ended: everything else comes as text or bytes
            return false;
    }
}

}  // namespace

Statement::Prepared::Prepared(Answers::Session& of, std::string_view text)
    : session(of), handle(mysql_stmt_init(session.handle)), sql(text) {
    if (handle == nullptr) session.throw_last(sql);
    if (mysql_stmt_prepare(handle, sql.data(), sql.size()) != 0) {
        const SqlError failure(
            mysql_stmt_errno(handle),
            std::string(mysql_stmt_error(handle)) + " during: " + sql.substr(0, kSqlShown)
        );
        mysql_stmt_close(handle);
        throw failure;
    }
    const auto count = mysql_stmt_param_count(handle);
    parameters.resize(count);
    integers.resize(count);
    lengths.resize(count);
    MYSQL_RES* columns = mysql_stmt_result_metadata(handle);
    if (columns == nullptr) return;
    cells.resize(mysql_num_fields(columns));
    for (std::size_t i = 0; i < cells.size(); ++i) {
        cells[i].is_integer =
            holds_integer(*mysql_fetch_field_direct(columns, static_cast<unsigned>(i)));
        if (!cells[i].is_integer) cells[i].buffer.resize(kCellBytesFirst);
    }
    mysql_free_result(columns);
}

Statement::Prepared::~Prepared() { mysql_stmt_close(handle); }

void Statement::Prepared::throw_last() const {
    throw SqlError(
        mysql_stmt_errno(handle),
        std::string(mysql_stmt_error(handle)) + " during: " + sql.substr(0, kSqlShown)
    );
}

MYSQL_BIND& Statement::Prepared::next_parameter() {
    SLUICE_CHECK(bound < parameters.size());
    MYSQL_BIND& parameter = parameters[bound++];
    parameter = MYSQL_BIND{};
    return parameter;
}

void Statement::Prepared::bind_cells() {
    cell_binds.assign(cells.size(), MYSQL_BIND{});
    for (std::size_t i = 0; i < cells.size(); ++i) {
        Cell& cell = cells[i];
        MYSQL_BIND& bind = cell_binds[i];
        bind.is_null = &cell.null;
        bind.length = &cell.length;
        bind.error = &cell.truncated;
        if (cell.is_integer) {
            bind.buffer_type = MYSQL_TYPE_LONGLONG;
            bind.buffer = &cell.integer;
        } else {
            bind.buffer_type = MYSQL_TYPE_BLOB;
            bind.buffer = cell.buffer.data();
            bind.buffer_length = cell.buffer.size();
        }
    }
    if (mysql_stmt_bind_result(handle, cell_binds.data()) != 0) throw_last();
}

void Statement::Prepared::complete(std::size_t column) {
    Cell& cell = cells[column];
    cell.buffer.resize(cell.length);
    MYSQL_BIND& bind = cell_binds[column];
    bind.buffer = cell.buffer.data();
    bind.buffer_length = cell.buffer.size();
    if (mysql_stmt_fetch_column(handle, &bind, static_cast<unsigned>(column), 0) != 0) throw_last();
}

Statement::Statement(Prepared& prepared) : prepared_(prepared) {
    SLUICE_CHECK(!prepared_.busy);
    prepared_.busy = true;
    prepared_.bound = 0;
}

Statement::~Statement() {
    // Reads away what is left of the rows.
    if (!prepared_.cells.empty()) mysql_stmt_free_result(prepared_.handle);
    prepared_.busy = false;
}

std::uint64_t Statement::execute() {
    SLUICE_CHECK(prepared_.bound == prepared_.parameters.size());
    prepared_.bound = 0;
    auto* handle = prepared_.handle;
    if (!prepared_.cells.empty()) mysql_stmt_free_result(handle);
    if (!prepared_.parameters.empty() &&
        mysql_stmt_bind_param(handle, prepared_.parameters.data()) != 0) {
        prepared_.throw_last();
    }
    if (mysql_stmt_execute(handle) != 0) prepared_.throw_last();
    prepared_.session.answered = true;
    if (prepared_.cells.empty()) return mysql_stmt_affected_rows(handle);
    prepared_.bind_cells();
    return 0;
}

bool Statement::next() {
    switch (mysql_stmt_fetch(prepared_.handle)) {
        case 0:
            return true;
        case MYSQL_NO_DATA:
            return false;
        case MYSQL_DATA_TRUNCATED:
            break;
        default:
            prepared_.throw_last();
    }
    bool grown = false;
    for (std::size_t i = 0; i < prepared_.cells.size(); ++i) {
        const auto& cell = prepared_.cells[i];
        if (cell.is_integer || cell.null != 0 || cell.length <= cell.buffer.size()) continue;
        prepared_.complete(i);
        grown = true;
    }
    if (grown && mysql_stmt_bind_result(prepared_.handle, prepared_.cell_binds.data()) != 0) {
        prepared_.throw_last();
    }
    return true;
}

void Statement::integer(std::int64_t value) {
    const auto at = prepared_.bound;
    auto& parameter = prepared_.next_parameter();
    prepared_.integers[at] = value;
    parameter.buffer_type = MYSQL_TYPE_LONGLONG;
    parameter.buffer = &prepared_.integers[at];
}

namespace {

// The client library's struct serves reading and writing alike, so its pointer is to non-const; a
// parameter is only read.
void point_to(MYSQL_BIND& parameter, std::string_view text, unsigned long& length) {
    static char empty = 0;  // a null pointer would bind NULL
    length = text.size();
    parameter.buffer = text.empty() ? &empty : const_cast<char*>(text.data());  // tidy: allow
    parameter.buffer_length = length;
    parameter.length = &length;
}

}  // namespace

void Statement::text(std::string_view text) {
    const auto at = prepared_.bound;
    auto& parameter = prepared_.next_parameter();
    parameter.buffer_type = MYSQL_TYPE_STRING;
    point_to(parameter, text, prepared_.lengths[at]);
}

void Statement::bytes(std::string_view bytes) {
    const auto at = prepared_.bound;
    auto& parameter = prepared_.next_parameter();
    parameter.buffer_type = MYSQL_TYPE_BLOB;
    point_to(parameter, bytes, prepared_.lengths[at]);
}

void Statement::null() { prepared_.next_parameter().buffer_type = MYSQL_TYPE_NULL; }

bool Statement::is_null(int column) const {
    return prepared_.cells[static_cast<std::size_t>(column)].null != 0;
}

std::int64_t Statement::number(int column) const {
    const auto& cell = prepared_.cells[static_cast<std::size_t>(column)];
    if (!cell.is_integer || cell.null != 0) throw_unknown(column);
    return cell.integer;
}

std::string_view Statement::view(int column) const {
    const auto& cell = prepared_.cells[static_cast<std::size_t>(column)];
    if (cell.is_integer) throw_unknown(column);
    if (cell.null != 0) return {};
    return {cell.buffer.data(), cell.length};
}

void Statement::throw_unknown(int column) const {
    throw SqlError(
        0, "unknown value in column " + std::to_string(column) +
               " of: " + prepared_.sql.substr(0, kSqlShown)
    );
}

}  // namespace sluice::maria
