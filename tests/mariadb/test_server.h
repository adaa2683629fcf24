#pragma once
// The private server of this test program, an empty ledger in it for every test, and what tests
// need to look behind the ledger's back.

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "adapters/mariadb/connection.h"
#include "adapters/mariadb/evidence.h"
#include "adapters/mariadb/id_source.h"
#include "adapters/mariadb/invalidation_outbox.h"
#include "adapters/mariadb/ledger.h"
#include "adapters/mariadb/order_book.h"
#include "adapters/mariadb/review_book.h"
#include "adapters/mariadb/sale_book.h"
#include "adapters/system/system_clock.h"
#include "stack/mariadb_server.h"
#include "support/test_log.h"
#include "support/test_store.h"

namespace sluice {

class TestServer {
public:
    // Started by the first test that asks; ends with the program.
    static TestServer& shared();
    // Likewise, for tests that kill it or stop it; with room for few connections.
    static TestServer& fragile();
    // One of its own, for tests that stop or fill it.
    explicit TestServer(stack::MariadbOptions options = {});
    ~TestServer();
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;

    stack::MariadbServer& server() { return *server_; }
    MariaEndpoint endpoint() const;
    // Migrates the first time, and empties every table.
    void clear();
    // An empty database, without a schema.
    void recreate_database();
    // As the server's own administrator, through its socket.
    void administer(const std::string& sql);
    // A session of the test's own; it must be had.
    std::unique_ptr<maria::Connection> connect(maria::Role role = maria::Role::kWriter) const;

private:
    TestDirectory directory_;
    std::optional<stack::MariadbServer> server_;
    bool migrated_ = false;
};

// The ports over one pool, as a process has them.
class MariaProcess {
public:
    explicit MariaProcess(MariaPoolOptions options) : options_(std::move(options)) { open(); }

    Ledger& ledger() { return *ledger_; }
    SaleBook& sales() { return *sales_; }
    OrderBook& orders() { return *orders_; }
    ReviewBook& reviews() { return *reviews_; }
    InvalidationOutbox& outbox() { return *outbox_; }
    cache::IdSource& shop_ids() { return *shop_ids_; }
    cache::IdSource& goods_ids() { return *goods_ids_; }
    MariaPool& pool() { return *pool_; }
    const TestLog& log() const { return log_; }
    SystemClock& clock() { return clock_; }
    template <class T>
    T run(Task<T> task) {
        return run_to_end(context_, std::move(task));
    }
    void restart() { open(); }

private:
    void open();

    MariaPoolOptions options_;
    SystemClock clock_;
    TestLog log_;
    boost::asio::io_context context_;
    std::optional<MariaPool> pool_;
    std::optional<MariaLedger> ledger_;
    std::optional<MariaSaleBook> sales_;
    std::optional<MariaOrderBook> orders_;
    std::optional<MariaReviewBook> reviews_;
    std::optional<MariaInvalidationOutbox> outbox_;
    std::optional<MariaIdSource> shop_ids_;
    std::optional<MariaIdSource> goods_ids_;
};

// For the contract suites: the shared server, emptied, with a database clock that the test sets.
class MariaBackend {
public:
    MariaBackend() : process_(options()) {}

    Ledger& ledger() { return process_.ledger(); }
    SaleBook& sales() { return process_.sales(); }
    OrderBook& orders() { return process_.orders(); }
    ReviewBook& reviews() { return process_.reviews(); }
    InvalidationOutbox& outbox() { return process_.outbox(); }
    cache::IdSource& shop_ids() { return process_.shop_ids(); }
    cache::IdSource& goods_ids() { return process_.goods_ids(); }
    std::unique_ptr<audit::Evidence> evidence() {
        return std::make_unique<MariaEvidence>(TestServer::shared().endpoint());
    }
    void set_now(WallTime now) { now_ms_ = to_ms(now); }
    void restart() { process_.restart(); }
    template <class T>
    T run(Task<T> task) {
        return process_.run(std::move(task));
    }
    MariaProcess& process() { return process_; }

private:
    MariaPoolOptions options();

    std::atomic<std::int64_t> now_ms_{0};  // read by the pool's threads
    MariaProcess process_;
};

}  // namespace sluice
