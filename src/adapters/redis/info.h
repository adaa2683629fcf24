#pragma once
// The text that INFO gives: "name:value\r\n" lines.

#include <string>
#include <string_view>

namespace sluice {

// "" when there is no such line.
inline std::string_view info_field(std::string_view info, std::string_view name) {
    const std::string start = "\n" + std::string(name) + ":";
    const auto at = info.find(start);
    if (at == std::string_view::npos) return {};
    const auto value = info.substr(at + start.size());
    return value.substr(0, value.find('\r'));
}

}  // namespace sluice
