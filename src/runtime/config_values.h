#pragma once
// Makers of settings by the type of the member they set. Internal to runtime/config*.

#include <fmt/format.h>

#include <string>
#include <utility>

#include "runtime/config_schema.h"

namespace sluice {

std::string toml_text(const std::string& text);

template <class Member>
Setting integer_setting(
    std::string key, std::string comment, Member member, std::int64_t low, std::int64_t high
) {
    Setting setting{std::move(key), std::move(comment), ValueType::kInteger, false, nullptr,
                    nullptr};
    setting.set = [member, low,
                   high](Config& config, const ConfigValue& value) -> std::optional<std::string> {
        const std::int64_t n = std::get<std::int64_t>(value);
        if (n < low || n > high)
            return fmt::format("must be between {} and {}, not {}", low, high, n);
        auto& target = member(config);
        target = static_cast<std::remove_reference_t<decltype(target)>>(n);
        return std::nullopt;
    };
    setting.show = [member](const Config& config) { return fmt::format("{}", member(config)); };
    return setting;
}

template <class Member>
Setting millis_setting(
    std::string key, std::string comment, Member member, std::int64_t low, std::int64_t high
) {
    Setting setting{std::move(key), std::move(comment), ValueType::kInteger, false, nullptr,
                    nullptr};
    setting.set = [member, low,
                   high](Config& config, const ConfigValue& value) -> std::optional<std::string> {
        const std::int64_t n = std::get<std::int64_t>(value);
        if (n < low || n > high)
            return fmt::format("must be between {} and {} ms, not {}", low, high, n);
        member(config) = Millis{n};
        return std::nullopt;
    };
    setting.show = [member](const Config& config) {
        return std::to_string(member(config).count());
    };
    return setting;
}

inline constexpr double kRateMax = 1e9;

template <class Member>
Setting rate_setting(std::string key, std::string comment, Member member) {
    Setting setting{std::move(key), std::move(comment), ValueType::kReal, false, nullptr, nullptr};
    setting.set = [member](Config& config, const ConfigValue& value) -> std::optional<std::string> {
        const double rate = std::get<double>(value);
        if (!(rate >= 0 && rate <= kRateMax))
            return fmt::format("must be between 0 and {:.0f}, not {}", kRateMax, rate);
        member(config) = rate;
        return std::nullopt;
    };
    setting.show = [member](const Config& config) { return fmt::format("{:.1f}", member(config)); };
    return setting;
}

template <class Member>
Setting text_setting(std::string key, std::string comment, Member member) {
    Setting setting{std::move(key), std::move(comment), ValueType::kText, false, nullptr, nullptr};
    setting.set = [member](Config& config, const ConfigValue& value) -> std::optional<std::string> {
        const auto& text = std::get<std::string>(value);
        if (text.empty()) return "must not be empty";
        member(config) = text;
        return std::nullopt;
    };
    setting.show = [member](const Config& config) { return toml_text(member(config)); };
    return setting;
}

// `choices`: text → value, the first text of a value is the one shown.
template <class Enum, class Member>
Setting choice_setting(
    std::string key, std::string comment, Member member,
    std::vector<std::pair<std::string, Enum>> choices
) {
    Setting setting{std::move(key), std::move(comment), ValueType::kText, false, nullptr, nullptr};
    setting.set =
        [member, choices](Config& config, const ConfigValue& value) -> std::optional<std::string> {
        const auto& text = std::get<std::string>(value);
        std::string names;
        for (const auto& [name, choice] : choices) {
            if (name == text) {
                member(config) = choice;
                return std::nullopt;
            }
            names += (names.empty() ? "" : ", ") + name;
        }
        return fmt::format("must be one of {}, not {}", names, toml_text(text));
    };
    setting.show = [member, choices](const Config& config) {
        for (const auto& [name, choice] : choices) {
            if (choice == member(config)) return toml_text(name);
        }
        return toml_text("");
    };
    return setting;
}

}  // namespace sluice
