#pragma once
// Between C++ values and rabbitmq-c's. Nothing here copies: what is passed in must outlive the call
// that the result is used in. rabbitmq-c takes everything as pointers to non-const, and changes
// none of it.

#include <amqp.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

namespace sluice {

amqp_bytes_t bytes_of(std::string_view text);
inline std::string to_text(amqp_bytes_t bytes) {
    return {static_cast<const char*>(bytes.bytes), bytes.len};
}

amqp_table_entry_t entry(std::string_view key, bool value);
amqp_table_entry_t entry(std::string_view key, std::int64_t value);
amqp_table_entry_t entry(std::string_view key, amqp_bytes_t value);
amqp_table_entry_t entry(std::string_view key, amqp_table_t value);

template <class Entries>
amqp_table_t table_of(Entries& entries) {
    return {static_cast<int>(std::size(entries)), std::data(entries)};
}

}  // namespace sluice
