#pragma once
// Every configuration key, declared once: its name, what it is for, how it is set from a value and
// how it is shown. Internal to runtime/config*.

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/config.h"

namespace sluice {

using ConfigValue = std::variant<
    std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<std::string>>;
enum class ValueType : std::uint8_t { kInteger, kReal, kText, kIntegers, kTexts };

struct Setting {
    std::string key;      // "section.name"
    std::string comment;  // one line, for the generated file
    ValueType type = ValueType::kText;
    bool secret = false;  // never shown
    // Sets the member; what is wrong with the value, or nullopt.
    std::function<std::optional<std::string>(Config&, const ConfigValue&)> set;
    std::function<std::string(const Config&)> show;  // as TOML
};

const std::vector<Setting>& settings();
const Setting* find_setting(const std::string& key);

std::string_view to_string(ValueType type);
// A value of the setting's type from text of the environment or a flag: lists are separated by
// commas.
std::optional<ConfigValue> value_from_text(ValueType type, const std::string& text);

}  // namespace sluice
