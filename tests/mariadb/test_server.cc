#include "mariadb/test_server.h"

#include <array>

#include "adapters/mariadb/migrations.h"
#include "base/check.h"

namespace sluice {
namespace {

constexpr std::array kTables{"shops",           "goods",    "sales",        "sale_stock",
                             "stock_movements", "orders",   "buyer_totals", "deferred_orders",
                             "deferred_work",   "payments", "audit_log",    "reconcile_findings",
                             "workers",         "paid_units", "reviews",    "invalidations"};

}  // namespace

TestServer& TestServer::shared() {
    static TestServer server;
    return server;
}

TestServer& TestServer::fragile() {
    static TestServer server([] {
        stack::MariadbOptions options;
        options.connections_max = 20;
        return options;
    }());
    return server;
}

TestServer::TestServer(stack::MariadbOptions options) {
    options.directory = directory_.file("mariadb");
    options.password = "it's a \\ secret";
    options.buffer_pool_mb = 64;
    options.dies_with_us = true;
    auto started = stack::MariadbServer::start(std::move(options));
    if (!started.ok()) ADD_FAILURE() << to_string(started.error());
    SLUICE_CHECK(started.ok());
    server_.emplace(std::move(*started));
}

TestServer::~TestServer() { server_->kill(); }

MariaEndpoint TestServer::endpoint() const {
    MariaEndpoint endpoint;
    endpoint.port = server_->port();
    endpoint.user = server_->user();
    endpoint.password = server_->password();
    endpoint.database = server_->database();
    return endpoint;
}

void TestServer::clear() {
    if (!std::exchange(migrated_, true)) SLUICE_CHECK(migrate(endpoint()).ok());
    const auto connection = connect();
    connection->execute("SET SESSION foreign_key_checks = 0");
    connection->execute("START TRANSACTION");
    for (const std::string table : kTables) connection->execute("DELETE FROM " + table);
    connection->execute("COMMIT");
    for (const std::string table : {"shops", "goods", "reviews", "invalidations"}) {
        connection->execute("ALTER TABLE " + table + " AUTO_INCREMENT = 1");
    }
}

void TestServer::recreate_database() {
    const auto connection = connect();
    connection->execute("DROP DATABASE " + endpoint().database);
    connection->execute("CREATE DATABASE " + endpoint().database);
    migrated_ = false;
}

void TestServer::administer(const std::string& sql) {
    stack::Command client;
    client.argv = {
        "mariadb", "--no-defaults", "--socket=" + server_->directory() + "/data/mariadbd.sock",
        "-e", sql};
    client.log_path = directory_.file("administer.log");
    const auto process = stack::start(client);
    SLUICE_CHECK(process.ok() && stack::wait_ended(*process, Millis{60'000}));
}

std::unique_ptr<maria::Connection> TestServer::connect(maria::Role role) const {
    auto opened = maria::Connection::open(endpoint(), {}, role);
    if (!opened.ok()) ADD_FAILURE() << to_string(opened.error());
    SLUICE_CHECK(opened.ok());
    return std::move(*opened);
}

void MariaProcess::open() {
    pool_.reset();
    pool_.emplace(options_, clock_, log_);
    ledger_.emplace(*pool_);
    sales_.emplace(*pool_);
    orders_.emplace(*pool_);
    reviews_.emplace(*pool_);
    outbox_.emplace(*pool_);
    shop_ids_.emplace(MariaIdSource::of_shops(*pool_, clock_));
    goods_ids_.emplace(MariaIdSource::of_goods(*pool_, clock_));
}

MariaPoolOptions MariaBackend::options() {
    TestServer::shared().clear();
    MariaPoolOptions options;
    options.endpoint = TestServer::shared().endpoint();
    options.writers = 2;
    options.readers = 2;
    options.fixed_now = [this] { return wall_from_ms(now_ms_); };
    return options;
}

}  // namespace sluice
