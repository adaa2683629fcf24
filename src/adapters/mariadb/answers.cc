#include <charconv>

#include "adapters/mariadb/prepared.h"
#include "base/check.h"

namespace sluice::maria {

Answers::~Answers() {
    drop_result();
    while (!failed_ && mysql_more_results(session_.handle) != 0) {
        failed_ = mysql_next_result(session_.handle) != 0;
        if (!failed_) mysql_free_result(mysql_use_result(session_.handle));
    }
}

void Answers::drop_result() {
    mysql_free_result(std::exchange(session_.result, nullptr));
    session_.row = nullptr;
}

std::uint64_t Answers::next_statement() {
    drop_result();
    if (!std::exchange(first_, false)) {
        const int more = mysql_next_result(session_.handle);
        SLUICE_CHECK(more != -1);  // more asked for than was sent
        failed_ = more > 0;
        if (failed_) session_.throw_last("a batch");
    }
    if (mysql_field_count(session_.handle) == 0) return mysql_affected_rows(session_.handle);
    session_.result = mysql_store_result(session_.handle);
    failed_ = session_.result == nullptr;
    if (failed_) session_.throw_last("a batch");
    return 0;
}

bool Answers::next() {
    SLUICE_CHECK(session_.result != nullptr);
    session_.row = mysql_fetch_row(session_.result);
    if (session_.row == nullptr) return false;
    session_.lengths = mysql_fetch_lengths(session_.result);
    return true;
}

bool Answers::is_null(int column) const { return session_.row[column] == nullptr; }

std::string_view Answers::view(int column) const {
    if (is_null(column)) return {};
    return {session_.row[column], session_.lengths[column]};
}

std::int64_t Answers::number(int column) const {
    const auto digits = view(column);
    std::int64_t value = 0;
    const auto* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, value);
    if (is_null(column) || read.ec != std::errc{} || read.ptr != end) throw_unknown(column);
    return value;
}

void Answers::throw_unknown(int column) const {
    throw SqlError(0, "unknown value in column " + std::to_string(column) + " of a batch");
}

}  // namespace sluice::maria
