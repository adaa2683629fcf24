#pragma once
// Small files that only their owner may read, written whole or not at all.

#include <string>

#include "base/result.h"

namespace sluice {

// Errors: kUnavailable with the system's reason; kBodyTooLarge beyond 1 MiB.
Result<std::string> read_whole_file(const std::string& path);
// Replaces the file, mode 0600.
Result<Done> write_private_file(const std::string& path, const std::string& text);
// Writes the file unless it exists; either way returns what it holds now.
Result<std::string> read_or_create_private_file(const std::string& path, const std::string& text);

}  // namespace sluice
