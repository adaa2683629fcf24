#pragma once
// Reading back what to_string() prints, so that the two cannot disagree: each enumeration has one
// table of names.

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace sluice {

// The one of `values` whose to_string() is `text`.
template <class Enum, std::size_t N>
std::optional<Enum> parse_by_name(std::string_view text, const std::array<Enum, N>& values) {
    for (const Enum value : values) {
        if (to_string(value) == text) return value;
    }
    return std::nullopt;
}

}  // namespace sluice
