#include "runtime/config_schema.h"

#include <array>
#include <charconv>

#include "runtime/config_secrets.h"
#include "runtime/config_stack.h"
#include "runtime/config_values.h"

namespace sluice {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

#define MEMBER(path) \
    [](auto& config) -> auto& { return config.path; }

void add_http(std::vector<Setting>& all) {
    all.push_back(
        text_setting("http.public_address", "where buyers are served", MEMBER(http.public_address))
    );
    all.push_back(
        integer_setting("http.public_port", "0: any free port", MEMBER(http.public_port), 0, 65'535)
    );
    all.push_back(
        text_setting("http.admin_address", "where operators are served", MEMBER(http.admin_address))
    );
    all.push_back(
        integer_setting("http.admin_port", "0: any free port", MEMBER(http.admin_port), 0, 65'535)
    );
    all.push_back(integer_setting(
        "http.io_threads", "threads that serve HTTP", MEMBER(http.io_threads), 1, 256
    ));
    all.push_back(
        text_setting("data.dir", "stores, secrets and lock of an embedded server", MEMBER(data_dir))
    );
}

void add_limits(std::vector<Setting>& all) {
    using std::int64_t;
    const int64_t million = 1'000'000;
    all.push_back(integer_setting(
        "limits.connections_max", "open connections", MEMBER(limits.connections_max), 1, million
    ));
    all.push_back(integer_setting(
        "limits.connections_per_ip_max", "open connections of one address",
        MEMBER(limits.connections_per_ip_max), 1, million
    ));
    all.push_back(integer_setting(
        "limits.header_bytes_max", "of a request", MEMBER(limits.header_bytes_max), 1'024, million
    ));
    all.push_back(integer_setting(
        "limits.body_bytes_max", "of a request", MEMBER(limits.body_bytes_max), 256, million
    ));
    all.push_back(millis_setting(
        "limits.header_deadline_ms", "for a whole request header", MEMBER(limits.header_deadline),
        10, kDayMs
    ));
    all.push_back(millis_setting(
        "limits.idle_ms", "of a kept-alive connection", MEMBER(limits.idle), 10, kDayMs
    ));
    all.push_back(millis_setting(
        "limits.request_deadline_ms", "for the work behind a request",
        MEMBER(limits.request_deadline), 10, kDayMs
    ));
    all.push_back(rate_setting(
        "limits.buyer_rate", "requests per second of one buyer; 0: off", MEMBER(limits.buyer_rate)
    ));
    all.push_back(
        rate_setting("limits.buyer_burst", "of one buyer, at least 1", MEMBER(limits.buyer_burst))
    );
    all.push_back(rate_setting(
        "limits.ip_rate", "requests per second of one address; 0: off", MEMBER(limits.ip_rate)
    ));
    all.push_back(
        rate_setting("limits.ip_burst", "of one address, at least 1", MEMBER(limits.ip_burst))
    );
    all.push_back(integer_setting(
        "limits.waiting_max", "requests waiting per sale and io thread", MEMBER(limits.waiting_max),
        1, million
    ));
    all.push_back(integer_setting(
        "limits.batch_orders_max", "orders per call of the gate", MEMBER(limits.batch_orders_max),
        1, 65'536
    ));
    all.push_back(integer_setting(
        "limits.batches_in_flight_max", "per sale and io thread",
        MEMBER(limits.batches_in_flight_max), 1, 64
    ));
}

std::optional<std::string> set_tiers(Config& config, const ConfigValue& value) {
    const auto& delays = std::get<std::vector<std::int64_t>>(value);
    if (delays.size() != config.worker.retry_tiers.size()) return "must be three delays";
    for (std::size_t i = 0; i < delays.size(); ++i) {
        if (delays[i] < 1 || delays[i] > kDayMs)
            return fmt::format("must be between 1 and {} ms each", kDayMs);
        config.worker.retry_tiers[i] = Millis{delays[i]};
    }
    return std::nullopt;
}

std::string show_tiers(const Config& config) {
    const auto& tiers = config.worker.retry_tiers;
    return fmt::format("[{}, {}, {}]", tiers[0].count(), tiers[1].count(), tiers[2].count());
}

void add_stores(std::vector<Setting>& all) {
    all.push_back(integer_setting(
        "queue.partitions", "settled side by side", MEMBER(queue_partitions), 1, 256
    ));
    all.push_back(Setting{
        "worker.retry_tiers_ms", "delays of failed work", ValueType::kIntegers, false, set_tiers,
        show_tiers});
}

void add_cache(std::vector<Setting>& all) {
    all.push_back(millis_setting("cache.ttl_ms", "pages are fresh for so long", MEMBER(cache.ttl), 100, kDayMs));
    all.push_back(millis_setting(
        "cache.grace_ms", "then served stale while one process loads", MEMBER(cache.grace), 100, kDayMs
    ));
    all.push_back(integer_setting(
        "cache.l1_bytes", "of this process's memory", MEMBER(cache.l1_bytes), 1 << 20, std::int64_t{1} << 36U
    ));
    all.push_back(integer_setting(
        "cache.loads_max", "in the database at once, of this process", MEMBER(cache.loads_max), 1, 1'024
    ));
    all.push_back(millis_setting(
        "cache.warm_ahead_ms", "sales that open so soon are read ahead; 0: none", MEMBER(cache.warm_ahead), 0, kDayMs
    ));
}

void add_log_and_demo(std::vector<Setting>& all) {
    const std::vector<std::pair<std::string, LogLevel>> levels = {
        {"debug", LogLevel::kDebug},
        {"info", LogLevel::kInfo},
        {"warn", LogLevel::kWarn},
        {"error", LogLevel::kError}};
    const std::vector<std::pair<std::string, LogFormat>> formats = {
        {"auto", LogFormat::kAuto}, {"human", LogFormat::kHuman}, {"json", LogFormat::kJson}};
    all.push_back(choice_setting("log.level", "debug, info, warn, error", MEMBER(log.level), levels)
    );
    all.push_back(choice_setting("log.format", "auto, human, json", MEMBER(log.format), formats));
    all.push_back(
        integer_setting("demo.buyers", "simulated buyers", MEMBER(demo.buyers), 1, 1'000'000)
    );
    all.push_back(
        integer_setting("demo.units", "units of the live sale", MEMBER(demo.units), 1, 1'000'000)
    );
    all.push_back(
        integer_setting("demo.seed", "one seed, one crowd", MEMBER(demo.seed), 0, INT64_MAX)
    );
    all.push_back(millis_setting(
        "demo.payment_window_ms", "short, so that expiry is seen", MEMBER(demo.payment_window), 500,
        60'000
    ));
}

#undef MEMBER

template <class Number>
std::optional<Number> number_from(std::string_view text) {
    Number value{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string> parts_of(const std::string& text) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

}  // namespace

std::string toml_text(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

const std::vector<Setting>& settings() {
    static const std::vector<Setting> all = [] {
        std::vector<Setting> made;
        add_http(made);
        add_limits(made);
        add_stores(made);
        add_cache(made);
        add_stack_settings(made);
        add_secret_settings(made);
        add_log_and_demo(made);
        return made;
    }();
    return all;
}

const Setting* find_setting(const std::string& key) {
    for (const Setting& setting : settings()) {
        if (setting.key == key) return &setting;
    }
    return nullptr;
}

std::string_view to_string(ValueType type) {
    switch (type) {
        case ValueType::kInteger:
            return "an integer";
        case ValueType::kReal:
            return "a number";
        case ValueType::kText:
            return "a text";
        case ValueType::kIntegers:
            return "a list of integers";
        case ValueType::kTexts:
            return "a list of texts";
    }
    return "a value";
}

std::optional<ConfigValue> value_from_text(ValueType type, const std::string& text) {
    switch (type) {
        case ValueType::kInteger: {
            const auto value = number_from<std::int64_t>(text);
            return value ? std::optional<ConfigValue>(*value) : std::nullopt;
        }
        case ValueType::kReal: {
            const auto value = number_from<double>(text);
            return value ? std::optional<ConfigValue>(*value) : std::nullopt;
        }
        case ValueType::kText:
            return text;
        case ValueType::kIntegers: {
            std::vector<std::int64_t> numbers;
            for (const std::string& part : parts_of(text)) {
                const auto value = number_from<std::int64_t>(part);
                if (!value) return std::nullopt;
                numbers.push_back(*value);
            }
            return numbers;
        }
        case ValueType::kTexts:
            return parts_of(text);
    }
    return std::nullopt;
}

}  // namespace sluice
