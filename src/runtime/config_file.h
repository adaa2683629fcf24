#pragma once
// A TOML file as the flat list of its settings, in order, each with its place. Internal to
// runtime/config*.

#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/config_schema.h"

namespace sluice {

struct FileSetting {
    std::string key;
    std::string place;  // "file:line:column"
    ConfigValue value;
};

// Errors: kInvalidField with place and reason: not TOML, an unknown key, a wrong type.
Result<std::vector<FileSetting>> read_config_file(const std::string& path);

// "unknown key x", with what was probably meant.
std::string unknown_key(const std::string& key);

}  // namespace sluice
