// The settings of the production stores: where each answers and who we are there.

#include <charconv>

#include "runtime/config_stack.h"
#include "runtime/config_values.h"
#include "runtime/private_file.h"

namespace sluice {
namespace {

constexpr std::int64_t kConnectionsMax = 256;

#define MEMBER(path) \
    [](auto& config) -> auto& { return config.path; }

// "host:port", or "[v6]:port".
std::optional<HostPort> parse_host_port(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) return std::nullopt;
    HostPort address{text.substr(0, colon), 0};
    const char* last = text.data() + text.size();
    const auto [end, failed] = std::from_chars(text.data() + colon + 1, last, address.port);
    if (failed != std::errc{} || end != last || address.port == 0) return std::nullopt;
    if (address.host.front() == '[' && address.host.back() == ']') {
        address.host = address.host.substr(1, address.host.size() - 2);
    } else if (address.host.find(':') != std::string::npos) {
        return std::nullopt;
    }
    return address;
}

template <class Member>
Setting address_setting(std::string key, std::string comment, Member member) {
    Setting setting{std::move(key), std::move(comment), ValueType::kText, false, nullptr, nullptr};
    setting.set = [member](Config& config, const ConfigValue& value) -> std::optional<std::string> {
        const auto& text = std::get<std::string>(value);
        if (text.empty()) {
            member(config).reset();
            return std::nullopt;
        }
        auto address = parse_host_port(text);
        if (!address) return "must be host:port, not " + toml_text(text);
        member(config) = std::move(address);
        return std::nullopt;
    };
    setting.show = [member](const Config& config) {
        const auto& address = member(config);
        return toml_text(address ? address->text() : "");
    };
    return setting;
}

// A password and the file that holds it.
template <class Member>
void add_password(std::vector<Setting>& all, const std::string& key, Member member) {
    Setting plain{key, "\"\": none", ValueType::kText, true, nullptr, nullptr};
    plain.set = [member](Config& config, const ConfigValue& value) -> std::optional<std::string> {
        member(config) = std::get<std::string>(value);
        return std::nullopt;
    };
    plain.show = [member](const Config& config) {
        return member(config).empty() ? toml_text("") : toml_text("(set)");
    };
    Setting file{key + "_file", "the same from a file", ValueType::kText, true, nullptr,
                 plain.show};
    file.set = [member](Config& config, const ConfigValue& value) -> std::optional<std::string> {
        auto text = read_whole_file(std::get<std::string>(value));
        if (!text) return text.error().detail;
        while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
        member(config) = *std::move(text);
        return std::nullopt;
    };
    all.push_back(std::move(plain));
    all.push_back(std::move(file));
}

}  // namespace

std::string HostPort::text() const {
    const bool is_v6 = host.find(':') != std::string::npos;
    return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

void add_stack_settings(std::vector<Setting>& all) {
    all.push_back(address_setting(
        "redis.address", "host:port of the gate; the three addresses go together, none: embedded",
        MEMBER(redis.address)
    ));
    add_password(all, "redis.password", MEMBER(redis.password));
    all.push_back(address_setting(
        "rabbitmq.address", "host:port of the order queue", MEMBER(rabbitmq.address)
    ));
    all.push_back(text_setting("rabbitmq.user", "at the broker", MEMBER(rabbitmq.user)));
    add_password(all, "rabbitmq.password", MEMBER(rabbitmq.password));
    all.push_back(text_setting("rabbitmq.vhost", "at the broker", MEMBER(rabbitmq.vhost)));
    all.push_back(
        address_setting("mariadb.address", "host:port of the ledger", MEMBER(mariadb.address))
    );
    all.push_back(text_setting("mariadb.user", "at the database", MEMBER(mariadb.user)));
    add_password(all, "mariadb.password", MEMBER(mariadb.password));
    all.push_back(text_setting("mariadb.database", "the schema", MEMBER(mariadb.database)));
    all.push_back(integer_setting(
        "mariadb.connections", "of one process", MEMBER(mariadb.connections), 2, kConnectionsMax
    ));
}

std::optional<std::string> incomplete_stack(const Config& config) {
    std::string named;
    std::string missing;
    const auto look = [&](const char* name, bool has) {
        (has ? named : missing) += std::string(" ") + name;
    };
    look("redis.address", config.redis.address.has_value());
    look("rabbitmq.address", config.rabbitmq.address.has_value());
    look("mariadb.address", config.mariadb.address.has_value());
    if (named.empty() || missing.empty()) return std::nullopt;
    return "the stack needs all three stores: there is" + named + ", but no" + missing;
}

}  // namespace sluice
