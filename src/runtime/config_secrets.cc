#include "runtime/config_secrets.h"

#include <charconv>

#include "runtime/private_file.h"

namespace sluice {
namespace {

constexpr std::size_t kSecretBytesMin = 16;

using SetLines = std::optional<std::string> (*)(SecretsConfig&, const std::vector<std::string>&);

std::optional<std::string> too_short(const std::string& secret) {
    if (secret.size() >= kSecretBytesMin) return std::nullopt;
    return "a secret has at least " + std::to_string(kSecretBytesMin) + " characters";
}

std::optional<std::string> set_order_ids(
    SecretsConfig& secrets, const std::vector<std::string>& lines
) {
    std::map<std::uint32_t, std::string> read;
    for (const std::string& line : lines) {
        const std::size_t colon = line.find(':');
        std::uint32_t number = 0;
        const auto [end, failed] =
            std::from_chars(line.data(), line.data() + std::min(colon, line.size()), number);
        if (colon == std::string::npos || failed != std::errc{} || end != line.data() + colon ||
            number == 0) {
            return "each entry is <number>:<secret>, numbers from 1";
        }
        if (auto wrong = too_short(line.substr(colon + 1))) return wrong;
        if (!read.emplace(number, line.substr(colon + 1)).second)
            return "number " + std::to_string(number) + " twice";
    }
    secrets.order_ids = std::move(read);
    return std::nullopt;
}

std::optional<std::string> set_payment(
    SecretsConfig& secrets, const std::vector<std::string>& lines
) {
    for (const std::string& line : lines) {
        if (auto wrong = too_short(line)) return wrong;
    }
    secrets.payment = lines;
    return std::nullopt;
}

std::optional<std::string> set_token(
    SecretsConfig& secrets, const std::vector<std::string>& lines
) {
    if (lines.size() != 1) return "is one secret";
    if (auto wrong = too_short(lines[0])) return wrong;
    secrets.token = lines[0];
    return std::nullopt;
}

std::optional<std::string> set_admin_token(
    SecretsConfig& secrets, const std::vector<std::string>& lines
) {
    if (lines.size() != 1) return "is one secret";
    if (auto wrong = too_short(lines[0])) return wrong;
    secrets.admin_token = lines[0];
    return std::nullopt;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        std::string line = text.substr(begin, end - begin);
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (!line.empty()) lines.push_back(std::move(line));
        begin = end + 1;
    }
    return lines;
}

std::string masked(bool set) { return set ? "\"(set)\"" : "\"\""; }

void add_pair(
    std::vector<Setting>& all, const std::string& key, const std::string& comment, bool list,
    SetLines set, std::function<bool(const SecretsConfig&)> is_set
) {
    const auto set_value = [set, list](Config& config, const ConfigValue& value) {
        if (list) return set(config.secrets, std::get<std::vector<std::string>>(value));
        return set(config.secrets, {std::get<std::string>(value)});
    };
    const auto set_file =
        [set](Config& config, const ConfigValue& value) -> std::optional<std::string> {
        auto text = read_whole_file(std::get<std::string>(value));
        if (!text) return text.error().detail;
        const auto lines = lines_of(*text);
        if (lines.empty()) return std::get<std::string>(value) + " is empty";
        return set(config.secrets, lines);
    };
    const auto show = [is_set](const Config& config) { return masked(is_set(config.secrets)); };
    all.push_back(Setting{
        key, comment, list ? ValueType::kTexts : ValueType::kText, true, set_value, show});
    all.push_back(Setting{
        key + "_file", "the same from a file", ValueType::kText, true, set_file, show});
}

}  // namespace

void add_secret_settings(std::vector<Setting>& all) {
    add_pair(
        all, "secrets.order_id", "\"<number>:<secret>\"; never remove the number of a live sale",
        true, set_order_ids, [](const SecretsConfig& secrets) { return !secrets.order_ids.empty(); }
    );
    add_pair(
        all, "secrets.token", "signs buyers' tokens", false, set_token,
        [](const SecretsConfig& secrets) { return !secrets.token.empty(); }
    );
    add_pair(
        all, "secrets.payment", "of the payment provider; several while rotating", true,
        set_payment, [](const SecretsConfig& secrets) { return !secrets.payment.empty(); }
    );
    add_pair(
        all, "secrets.admin_token", "of the admin listener", false, set_admin_token,
        [](const SecretsConfig& secrets) { return !secrets.admin_token.empty(); }
    );
}

}  // namespace sluice
