#include "cli/embedded.h"

#include <boost/json/object.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "runtime/offline.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;

constexpr Millis kStopGrace{5'000};

Result<std::string> fresh_directory() {
    std::error_code failed;
    std::string path = (std::filesystem::temp_directory_path(failed) / "sluice-XXXXXX").string();
    if (failed) return fail(Code::kUnavailable, "no temporary directory: " + failed.message());
    if (::mkdtemp(path.data()) == nullptr)
        return fail(Code::kUnavailable, path + ": " + std::strerror(errno));
    return path;
}

Result<std::int64_t> create(
    const AdminClient& admin, const std::string& path, const json::object& body, const char* id
) {
    auto made = admin.call("POST", path, body);
    if (!made) return made.error();
    const json::value* found = made->is_object() ? made->get_object().if_contains(id) : nullptr;
    if (found == nullptr || !found->is_int64())
        return fail(Code::kInternal, path + " answered without " + id);
    return found->get_int64();
}

}  // namespace

Result<std::unique_ptr<Embedded>> Embedded::start(Config config, const std::string& data_dir) {
    bool temporary = false;
    config.data_dir = data_dir;
    if (data_dir.empty()) {
        auto made = fresh_directory();
        if (!made) return made.error();
        config.data_dir = *made;
        temporary = true;
    }
    if (config.log.level == LogLevel::kInfo) config.log.level = LogLevel::kWarn;
    std::unique_ptr<Embedded> embedded(new Embedded(std::move(config)));
    embedded->temporary_ = temporary;
    auto launched = embedded->launch();
    if (!launched) return launched.error();
    return embedded;
}

Result<Done> Embedded::launch() {
    metrics_ = std::make_unique<MetricsRegistry>(SLUICE_VERSION);
    auto server = Server::start(config_, ServerRole::kAll, log_, *metrics_);
    if (!server) return server.error();
    server_ = *std::move(server);
    auto admin = AdminClient::find(config_.data_dir);
    if (!admin) return admin.error();
    admin_ = std::make_unique<AdminClient>(*std::move(admin));
    auto secrets = load_secrets(config_.data_dir, config_.secrets);
    if (!secrets) return secrets.error();
    secrets_ = *std::move(secrets);
    return Done{};
}

Embedded::~Embedded() {
    if (server_) server_->stop(kStopGrace);
    server_.reset();
    std::error_code ignored;
    if (temporary_) std::filesystem::remove_all(config_.data_dir, ignored);
}

load::Target Embedded::target() const {
    return load::Target{config_.http.public_address, server_->public_port()};
}

Result<std::uint32_t> seed_sale(const AdminClient& admin, const SeedPlan& plan) {
    const json::object shop{
        {"name", "Corner Shop"}, {"category", "electronics"}, {"city", "Hangzhou"}};
    auto shop_id = create(admin, "/v1/shops", shop, "shop_id");
    if (!shop_id) return shop_id.error();
    const json::object goods{
        {"shop_id", *shop_id},
        {"title", plan.title},
        {"description", "Limited edition"},
        {"price_minor", plan.price},
        {"currency", kSeedCurrency}};
    auto goods_id = create(admin, "/v1/goods", goods, "goods_id");
    if (!goods_id) return goods_id.error();
    const WallTime now = wall_now();
    const json::object sale{
        {"goods_id", *goods_id},
        {"units", plan.units},
        {"limit_per_buyer", plan.limit},
        {"price_minor", plan.price},
        {"currency", kSeedCurrency},
        {"opens_at", to_rfc3339(now - std::chrono::minutes{1})},
        {"closes_at", to_rfc3339(now + std::chrono::hours{24})},
        {"payment_window_seconds", plan.payment_window_seconds},
        {"reason", "seed"}};
    auto sale_id = create(admin, "/v1/sales", sale, "sale_id");
    if (!sale_id) return sale_id.error();
    const std::string open = "/v1/sales/" + std::to_string(*sale_id) + "/open";
    auto opened = admin.call("POST", open, json::object{{"reason", "seed"}});
    if (!opened) return opened.error();
    return static_cast<std::uint32_t>(*sale_id);
}

}  // namespace sluice::cli
