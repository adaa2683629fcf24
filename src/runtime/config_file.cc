#include "runtime/config_file.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "runtime/config_suggest.h"
#include "runtime/private_file.h"

namespace sluice {
namespace {

std::string place_of(const std::string& path, const toml::source_position& at) {
    return path + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

template <class T>
std::optional<ConfigValue> list_of(const toml::array& array) {
    std::vector<T> values;
    for (const toml::node& element : array) {
        const auto value = element.value_exact<T>();
        if (!value) return std::nullopt;
        values.push_back(*value);
    }
    return values;
}

template <class T>
std::optional<ConfigValue> single(const toml::node& node) {
    const auto value = node.value_exact<T>();
    return value ? std::optional<ConfigValue>(*value) : std::nullopt;
}

std::optional<ConfigValue> value_of(ValueType type, const toml::node& node) {
    switch (type) {
        case ValueType::kInteger:
            return single<std::int64_t>(node);
        case ValueType::kText:
            return single<std::string>(node);
        case ValueType::kReal:
            if (node.is_integer())
                return static_cast<double>(node.value_exact<std::int64_t>().value_or(0));
            return single<double>(node);
        case ValueType::kIntegers:
            return node.is_array() ? list_of<std::int64_t>(*node.as_array()) : std::nullopt;
        case ValueType::kTexts:
            return node.is_array() ? list_of<std::string>(*node.as_array()) : std::nullopt;
    }
    return std::nullopt;
}

Result<Done> read_section(
    const std::string& path, const std::string& section, const toml::table& table,
    std::vector<FileSetting>& out
) {
    for (const auto& [name, node] : table) {
        const std::string key = section + "." + std::string(name.str());
        const std::string place = place_of(path, name.source().begin);
        const Setting* setting = find_setting(key);
        if (setting == nullptr) return fail(Code::kInvalidField, place + ": " + unknown_key(key));
        auto value = value_of(setting->type, node);
        if (!value) {
            return fail(
                Code::kInvalidField, place_of(path, node.source().begin) + ": " + key +
                                         " must be " + std::string(to_string(setting->type))
            );
        }
        out.push_back(FileSetting{key, place_of(path, node.source().begin), std::move(*value)});
    }
    return Done{};
}

}  // namespace

std::string unknown_key(const std::string& key) {
    std::vector<std::string> known;
    for (const Setting& setting : settings()) known.push_back(setting.key);
    return "unknown key " + key + did_you_mean(key, known);
}

Result<std::vector<FileSetting>> read_config_file(const std::string& path) {
    auto text = read_whole_file(path);
    if (!text) return fail(Code::kInvalidField, "cannot read " + text.error().detail);
    const toml::parse_result parsed = toml::parse(*text, path);
    if (!parsed) {
        const auto& error = parsed.error();
        return fail(
            Code::kInvalidField,
            place_of(path, error.source().begin) + ": " + std::string(error.description())
        );
    }
    std::vector<FileSetting> out;
    for (const auto& [name, node] : parsed.table()) {
        const std::string section(name.str());
        if (!node.is_table()) {
            const std::string place = place_of(path, name.source().begin);
            return fail(Code::kInvalidField, place + ": " + unknown_key(section));
        }
        auto read = read_section(path, section, *node.as_table(), out);
        if (!read) return read.error();
    }
    return out;
}

}  // namespace sluice
