#pragma once
// The settings of section [secrets]; each also as <name>_file. Internal to runtime/config*.

#include <vector>

#include "runtime/config_schema.h"

namespace sluice {

void add_secret_settings(std::vector<Setting>& all);

}  // namespace sluice
