#include "sluice_command.h"

#include <boost/json/src.hpp>

namespace sluice::bench {

std::string text(const json::object& command, const char* name) {
    return std::string(command.at(name).as_string());
}

KeyRange range(const json::object& keys) {
    KeyRange found;
    found.first = number<std::uint32_t>(keys, "first");
    found.count = number<std::uint32_t>(keys, "count");
    return found;
}

Keys keys_of(const json::object& command) {
    const json::object& given = command.at("keys").as_object();
    Keys keys;
    keys.warm = range(given);
    if (const json::value* cold = given.if_contains("cold")) {
        keys.cold = range(cold->as_object());
        keys.cold_every = number<std::uint32_t>(cold->as_object(), "every");
    }
    if (const json::value* order = command.if_contains("order"))
        keys.random = order->as_string() == "random";
    if (const json::value* seed = command.if_contains("seed"))
        keys.seed = seed->to_number<std::uint32_t>();
    return keys;
}

Pace pace_of(const json::object& command) {
    Pace pace;
    pace.start_ns = number<std::uint64_t>(command, "start_ns");
    pace.rate = number<double>(command, "rate");
    pace.duration_ms = number<std::uint64_t>(command, "duration_ms");
    return pace;
}

bool without_l1(const json::object& command) { return command.at("via").as_string() == "l2"; }

}  // namespace sluice::bench
