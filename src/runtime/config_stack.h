#pragma once
// The settings of Redis, RabbitMQ and MariaDB. Internal to runtime/config*.

#include <optional>
#include <string>
#include <vector>

#include "runtime/config_schema.h"

namespace sluice {

void add_stack_settings(std::vector<Setting>& all);
// What is wrong when only some of the three stores are named; nullopt when all or none are.
std::optional<std::string> incomplete_stack(const Config& config);

}  // namespace sluice
