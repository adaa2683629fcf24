#include "adapters/rabbitmq/amqp_values.h"

#include <cstring>

namespace sluice {

// The bytes are only read; memcpy of the pointer is how a const one gets past rabbitmq-c's
// signature.
amqp_bytes_t bytes_of(std::string_view text) {
    const char* const data = text.data();
    amqp_bytes_t bytes{text.size(), nullptr};
    std::memcpy(&bytes.bytes, &data, sizeof data);
    return bytes;
}

amqp_table_entry_t entry(std::string_view key, bool value) {
    amqp_table_entry_t made{bytes_of(key), {}};
    made.value.kind = AMQP_FIELD_KIND_BOOLEAN;
    made.value.value.boolean = value ? 1 : 0;
    return made;
}

amqp_table_entry_t entry(std::string_view key, std::int64_t value) {
    amqp_table_entry_t made{bytes_of(key), {}};
    made.value.kind = AMQP_FIELD_KIND_I64;
    made.value.value.i64 = value;
    return made;
}

amqp_table_entry_t entry(std::string_view key, amqp_bytes_t value) {
    amqp_table_entry_t made{bytes_of(key), {}};
    made.value.kind = AMQP_FIELD_KIND_UTF8;
    made.value.value.bytes = value;
    return made;
}

amqp_table_entry_t entry(std::string_view key, amqp_table_t value) {
    amqp_table_entry_t made{bytes_of(key), {}};
    made.value.kind = AMQP_FIELD_KIND_TABLE;
    made.value.value.table = value;
    return made;
}

}  // namespace sluice
