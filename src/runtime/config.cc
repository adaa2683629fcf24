#include "runtime/config.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "runtime/config_file.h"
#include "runtime/config_schema.h"
#include "runtime/config_stack.h"

extern char** environ;  // POSIX names it but no header declares it

namespace sluice {
namespace {

constexpr std::string_view kEnvironmentPrefix = "SLUICE_";

Result<Done> put(
    LoadedConfig& into, const Setting& setting, const ConfigValue& value, const std::string& place
) {
    if (const auto wrong = setting.set(into.config, value)) {
        return fail(Code::kInvalidField, place + ": " + setting.key + " " + *wrong);
    }
    into.origins[setting.key] = place;
    return Done{};
}

Result<Done> put_text(
    LoadedConfig& into, const std::string& key, const std::string& text, const std::string& place
) {
    const Setting* setting = find_setting(key);
    if (setting == nullptr) return fail(Code::kInvalidField, place + ": " + unknown_key(key));
    const auto value = value_from_text(setting->type, text);
    if (!value) {
        return fail(
            Code::kInvalidField,
            place + ": " + key + " must be " + std::string(to_string(setting->type))
        );
    }
    return put(into, *setting, *value, place);
}

// SLUICE_HTTP__PUBLIC_PORT → http.public_port; "" when it is not of that form.
std::string key_of_variable(const std::string& name) {
    if (!name.starts_with(kEnvironmentPrefix)) return "";
    std::string key = name.substr(kEnvironmentPrefix.size());
    const std::size_t split = key.find("__");
    if (split == std::string::npos) return "";
    key.replace(split, 2, ".");
    std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return key;
}

}  // namespace

Result<LoadedConfig> load_config(const ConfigSources& sources) {
    LoadedConfig loaded;
    for (const Setting& setting : settings()) loaded.origins[setting.key] = "default";
    if (sources.file) {
        auto read = read_config_file(*sources.file);
        if (!read) return read.error();
        for (const FileSetting& found : *read) {
            auto done = put(loaded, *find_setting(found.key), found.value, found.place);
            if (!done) return done.error();
        }
    }
    for (const auto& [name, text] : sources.environment) {
        const std::string key = key_of_variable(name);
        if (key.empty()) continue;
        auto done = put_text(loaded, key, text, "environment " + name);
        if (!done) return done.error();
    }
    for (const auto& [key, text] : sources.flags) {
        auto done = put_text(loaded, key, text, "flag for " + key);
        if (!done) return done.error();
    }
    if (auto wrong = incomplete_stack(loaded.config)) return fail(Code::kInvalidField, *std::move(wrong));
    return loaded;
}

std::vector<std::pair<std::string, std::string>> process_environment() {
    std::vector<std::pair<std::string, std::string>> all;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string text(*entry);
        const std::size_t equals = text.find('=');
        if (equals != std::string::npos && text.starts_with(kEnvironmentPrefix)) {
            all.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return all;
}

std::string default_config_text() {
    const Config defaults;
    std::string out =
        "# Sluice. Every key is shown at its default; remove the # to change one.\n"
        "# The environment (SLUICE_SECTION__KEY) wins over this file, a flag over both.\n";
    std::string section;
    for (const Setting& setting : settings()) {
        const std::size_t dot = setting.key.find('.');
        if (setting.key.substr(0, dot) != section) {
            section = setting.key.substr(0, dot);
            out += "\n[" + section + "]\n";
        }
        const std::string value = setting.secret
                                      ? (setting.type == ValueType::kTexts ? "[]" : "\"\"")
                                      : setting.show(defaults);
        out += "# " + setting.key.substr(dot + 1) + " = " + value + "  # " + setting.comment + "\n";
    }
    return out;
}

std::string render_config(const LoadedConfig& loaded, bool with_origin) {
    std::string out;
    std::string section;
    for (const Setting& setting : settings()) {
        const std::string& origin = loaded.origins.at(setting.key);
        if (setting.secret && origin == "default" && setting.key.ends_with("_file")) continue;
        const std::size_t dot = setting.key.find('.');
        if (setting.key.substr(0, dot) != section) {
            section = setting.key.substr(0, dot);
            out += (out.empty() ? "[" : "\n[") + section + "]\n";
        }
        out += setting.key.substr(dot + 1) + " = " + setting.show(loaded.config);
        if (with_origin) out += "  # " + origin;
        out += '\n';
    }
    return out;
}

}  // namespace sluice
