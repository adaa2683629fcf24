#pragma once
// What a process is told before it starts: built-in defaults, then a TOML file, then the
// environment (SLUICE_SECTION__KEY), then flags; each later one wins. Every key is declared once,
// in config_schema.cc; an unknown key, a wrong type or a value out of range is an error that names
// where it stands. Reading a config has no effect but to read the named files.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/units.h"
#include "ports/log.h"

namespace sluice {

enum class LogFormat : std::uint8_t {
    kAuto,
    kHuman,
    kJson
};  // auto: human on a terminal, else JSON

struct HttpConfig {
    std::string public_address = "127.0.0.1";
    std::uint16_t public_port = 8080;  // 0: any free one
    std::string admin_address = "127.0.0.1";
    std::uint16_t admin_port = 8081;
    int io_threads = 1;
};

struct LimitsConfig {
    std::size_t connections_max = 16'384;
    std::size_t connections_per_ip_max = 16'384;
    std::size_t header_bytes_max = 8'192;
    std::size_t body_bytes_max = 16'384;
    Millis header_deadline{5'000};
    Millis idle{15'000};
    Millis request_deadline{5'000};  // of the work behind one request
    double buyer_rate = 0;           // requests per second; 0: off
    double buyer_burst = 0;
    double ip_rate = 0;
    double ip_burst = 0;
    std::size_t waiting_max = 8'192;       // requests waiting per sale and io thread
    std::size_t batch_orders_max = 1'024;  // per call of the gate
    int batches_in_flight_max = 2;         // per sale and io thread
};

struct CacheConfig {  // of the pages that people read (docs/cache.md)
    Millis ttl{60'000};
    Millis grace{600'000};
    std::size_t l1_bytes = 64U << 20U;
    std::size_t loads_max = 16;  // in the database at once, of this process
    Millis warm_ahead{300'000};  // sales that open so soon are read ahead; 0: none
};

struct WorkerConfig {
    std::array<Millis, 3> retry_tiers{Millis{5'000}, Millis{30'000}, Millis{300'000}};
};

// Empty members are generated once and kept in the data directory (runtime/secrets.h).
struct SecretsConfig {
    std::map<std::uint32_t, std::string>
        order_ids;      // number → secret; the greatest number is used for new sales
    std::string token;  // signs buyers' bearer tokens
    std::vector<std::string> payment;  // accepted for payment notifications; the first one signs
    std::string admin_token;
};

struct LogConfig {
    LogLevel level = LogLevel::kInfo;
    LogFormat format = LogFormat::kAuto;
};

struct DemoConfig {
    std::uint32_t buyers = 20'000;
    Units units = 500;
    std::uint64_t seed = 1;
    Millis payment_window{3'000};
};

struct HostPort {
    std::string host;
    std::uint16_t port = 0;
    std::string text() const;
};
struct RedisConfig {
    std::optional<HostPort> address;
    std::string password;
};
struct RabbitmqConfig {
    std::optional<HostPort> address;
    std::string user = "guest";
    std::string password;
    std::string vhost = "/";
};
struct MariadbConfig {
    std::optional<HostPort> address;
    std::string user = "sluice";
    std::string password;
    std::string database = "sluice";
    std::size_t connections = 6;
};

struct Config {
    HttpConfig http;
    std::string data_dir = "sluice-data";
    LimitsConfig limits;
    RedisConfig redis;
    RabbitmqConfig rabbitmq;
    MariadbConfig mariadb;
    std::uint16_t queue_partitions = 4;
    WorkerConfig worker;
    CacheConfig cache;
    SecretsConfig secrets;
    LogConfig log;
    DemoConfig demo;

    // Redis, RabbitMQ and MariaDB instead of the embedded stores. load_config() sees to it that it is all or none.
    bool is_stack() const { return mariadb.address.has_value(); }
};

struct ConfigSources {
    std::optional<std::string> file;  // path
    std::vector<std::pair<std::string, std::string>>
        environment;                                         // only SLUICE_… names are looked at
    std::vector<std::pair<std::string, std::string>> flags;  // "section.key" → text
};

struct LoadedConfig {
    Config config;
    std::map<std::string, std::string> origins;  // "section.key" → where its value comes from
};

// Errors: kInvalidField, its detail being "<where>: <what>", e.g. "sluice.toml:3:1: unknown key …,
// did you mean …?".
Result<LoadedConfig> load_config(const ConfigSources& sources);
// The environment of this process, for ConfigSources.
std::vector<std::pair<std::string, std::string>> process_environment();

// A commented file with every key at its default.
std::string default_config_text();
// Every key as it stands, secrets masked; with_origin adds where each value comes from.
std::string render_config(const LoadedConfig& loaded, bool with_origin);

}  // namespace sluice
