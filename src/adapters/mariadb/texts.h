#pragma once
// Free texts (a reason, an error's message) on their way into a column: cut to its size and made
// valid UTF-8, because such a text must never be what keeps a row from being written.

#include <string>
#include <string_view>

namespace sluice::maria {

inline constexpr std::size_t kTextBytesMax = 16'000;

// Bytes that are not UTF-8 become '?'; never cut within a character.
std::string fitting(std::string_view text, std::size_t bytes_max = kTextBytesMax);

}  // namespace sluice::maria
