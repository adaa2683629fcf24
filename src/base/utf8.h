#pragma once
// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF. Pure.

#include <cstddef>
#include <optional>
#include <string_view>

namespace sluice {

// Bytes of the character at `at`; 0 when there is none.
std::size_t utf8_bytes_at(std::string_view text, std::size_t at);

// Number of characters (code points); nullopt when the text is not UTF-8.
std::optional<std::size_t> utf8_length(std::string_view text);

}  // namespace sluice
