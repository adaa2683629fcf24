#pragma once
// A server of this process for the time of one command: on free ports, in a fresh directory that
// goes away afterwards unless it was asked for or is needed as evidence.

#include <memory>
#include <string>

#include "base/result.h"
#include "cli/admin_client.h"
#include "load/client.h"
#include "runtime/logging.h"
#include "runtime/metrics.h"
#include "runtime/secrets.h"
#include "runtime/server.h"

namespace sluice::cli {

class Embedded {
public:
    // data_dir "": a fresh temporary one. Only warnings are logged, unless the configuration names
    // a lower level.
    static Result<std::unique_ptr<Embedded>> start(Config config, const std::string& data_dir);
    ~Embedded();  // stops the server
    Embedded(const Embedded&) = delete;
    Embedded& operator=(const Embedded&) = delete;

    Server& server() { return *server_; }
    const AdminClient& admin() const { return *admin_; }
    const Secrets& secrets() const { return secrets_; }
    const std::string& data_dir() const { return config_.data_dir; }
    const Config& config() const { return config_; }
    load::Target target() const;
    void keep_data() { temporary_ = false; }

private:
    explicit Embedded(Config config) : config_(std::move(config)), log_(config_.log) {}
    Result<Done> launch();

    Config config_;
    bool temporary_ = false;
    StderrLog log_;
    std::unique_ptr<MetricsRegistry> metrics_;
    std::unique_ptr<Server> server_;
    std::unique_ptr<AdminClient> admin_;
    Secrets secrets_;
};

struct SeedPlan {
    std::string title;
    std::int64_t units = 0;
    std::int64_t limit = 1;
    std::int64_t price = 0;
    std::int64_t payment_window_seconds = 900;
};
// A shop, its goods and an open sale of them. Errors: as the admin listener says.
Result<std::uint32_t> seed_sale(const AdminClient& admin, const SeedPlan& plan);

inline constexpr const char* kSeedCurrency = "CNY";

}  // namespace sluice::cli
