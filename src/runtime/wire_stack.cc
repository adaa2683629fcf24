#include "runtime/wire_stack.h"

#include <unistd.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "adapters/mariadb/evidence.h"
#include "adapters/mariadb/id_source.h"
#include "adapters/mariadb/invalidation_outbox.h"
#include "adapters/mariadb/ledger.h"
#include "adapters/mariadb/mariadb_checks.h"
#include "adapters/mariadb/migrations.h"
#include "adapters/mariadb/order_book.h"
#include "adapters/mariadb/platform_import.h"
#include "adapters/mariadb/review_book.h"
#include "adapters/mariadb/sale_book.h"
#include "adapters/mariadb/workforce.h"
#include "adapters/rabbitmq/events.h"
#include "adapters/rabbitmq/order_queue.h"
#include "adapters/rabbitmq/queue_census.h"
#include "adapters/rabbitmq/rabbitmq_checks.h"
#include "adapters/redis/redis_checks.h"
#include "adapters/redis/redis_evidence.h"
#include "adapters/redis/redis_gate.h"
#include "adapters/system/system_clock.h"
#include "adapters/system/system_entropy.h"
#include "app/expired_leases.h"
#include "app/periodic.h"
#include "app/read_platform.h"
#include "base/hmac.h"
#include "runtime/auditor.h"
#include "runtime/stores.h"
#include "runtime/wire_cache.h"

namespace sluice {
namespace {

constexpr std::size_t kWorkerNameBytes = 8;

RedisEndpoint redis_endpoint(const Config& config) {
    RedisEndpoint endpoint;
    endpoint.host = config.redis.address->host;
    endpoint.port = config.redis.address->port;
    endpoint.password = config.redis.password;
    return endpoint;
}

RabbitOptions rabbit_options(const Config& config) {
    RabbitOptions options;
    options.endpoint.host = config.rabbitmq.address->host;
    options.endpoint.port = config.rabbitmq.address->port;
    options.endpoint.user = config.rabbitmq.user;
    options.endpoint.password = config.rabbitmq.password;
    options.endpoint.vhost = config.rabbitmq.vhost;
    options.partitions = config.queue_partitions;
    options.tiers = RetryTiers{config.worker.retry_tiers};
    return options;
}

MariaEndpoint maria_endpoint(const Config& config) {
    MariaEndpoint endpoint;
    endpoint.host = config.mariadb.address->host;
    endpoint.port = config.mariadb.address->port;
    endpoint.user = config.mariadb.user;
    endpoint.password = config.mariadb.password;
    endpoint.database = config.mariadb.database;
    return endpoint;
}

MariaPoolOptions pool_options(const Config& config) {
    MariaPoolOptions options;
    options.endpoint = maria_endpoint(config);
    options.writers = config.mariadb.connections / 2;
    options.readers = config.mariadb.connections - options.writers;
    return options;
}

class StackStores final : public Stores {
public:
    StackStores(const Config& config, boost::asio::io_context& core, Log& log, Meter& meter)
        : config_(config),
          log_(log),
          meter_(meter),
          pool_(pool_options(config), clock_, log),
          ledger_(pool_),
          sales_(pool_),
          orders_(pool_),
          reviews_(pool_),
          outbox_(pool_),
          pages_(sales_, reviews_),
          shop_ids_(MariaIdSource::of_shops(pool_, clock_)),
          goods_ids_(MariaIdSource::of_goods(pool_, clock_)),
          caching_(PageCaching::on_redis(
              config, {core.get_executor(), clock_, log}, {pages_, shop_ids_, goods_ids_, kMariaLateCommitMax},
              redis_endpoint(config)
          )),
          events_(rabbit_options(config).endpoint, rabbit_options(config).prefix, clock_, log),
          workforce_(
              pool_options(config), clock_, log, std::to_string(::getpid()) + "-" + hex(random_bytes(kWorkerNameBytes))
          ),
          leases_(lease_, ledger_, clock_),
          tasks_(core.get_executor()),
          attendance_(tasks_, clock_, [this] { return attend(); }) {}

    Result<Done> open() {
        auto fit = check_servers();
        if (!fit.ok()) return fit;
        auto queue = RabbitOrderQueue::open(rabbit_options(config_), clock_, log_);
        if (!queue.ok()) return queue.error();
        queue_ = *std::move(queue);
        return Done{};
    }

    Ports ports(boost::asio::io_context& context) override {
        auto connection = std::make_unique<RedisConnection>(
            context.get_executor(), clock_, log_, redis_endpoint(config_)
        );
        gates_.push_back({std::move(connection), nullptr});
        Line& line = gates_.back();
        line.gate = std::make_unique<RedisGate>(*line.connection);
        return Ports{*line.gate, *queue_,    ledger_, orders_,  sales_, events_,
                     leases_,    workforce_, clock_,  entropy_, meter_, log_,
                     reviews_,   outbox_,    caching_->platform(), caching_->platform()};
    }
    CatalogueLease& lease() override { return lease_; }
    Clock& clock() override { return clock_; }
    void start_serving() override { caching_->start(); }
    void start_working() override { attendance_.start(); }
    Task<void> stop_working() override {
        attendance_.stop();
        co_await tasks_.join();
        (void)co_await workforce_.leave(clock_.in(Millis{1'000})
        );  // else the others forget us by themselves
    }
    std::vector<DependencyState> dependencies() const override {
        const bool gate_up = !gates_.empty() && gates_.front().connection->stats().serving;
        const bool events_up = events_.connected();
        return {
            {"gate", gate_up, gate_up ? "" : "Redis does not answer"},
            {"events", events_up, events_up ? "" : "not connected to the broker"}};
    }
    CacheFigures cache_figures() const override { return caching_->figures(); }
    Task<void> close() override { return caching_->stop(); }
    Task<Result<audit::AuditReport>> audit(std::optional<std::string> journal) override {
        std::function<AuditResult()> work = [this, journal = std::move(journal)] {
            return audit_stack(config_, journal);
        };
        return audit_on(audit_, std::move(work));
    }

private:
    struct Line {
        std::unique_ptr<RedisConnection> connection;
        std::unique_ptr<RedisGate> gate;
    };

    // What would break a promise forbids the start; what may heal by itself does not.
    Result<Done> check_servers() {
        auto redis = may_start(check_redis(redis_endpoint(config_)));
        if (!redis.ok()) return redis;
        auto migrated = migrate(maria_endpoint(config_));
        if (!migrated.ok()) return migrated;
        for (const MariaCheck& check : check_mariadb(maria_endpoint(config_), clock_)) {
            if (check.ok) continue;
            return fail(
                Code::kConflict, "mariadb: " + check.name + ": " + check.detail + "; " + check.fix
            );
        }
        return Done{};
    }

    Task<Millis> attend() {
        auto attended = co_await workforce_.attend(clock_.in(kWorkerForgottenAfter));
        if (!attended.ok() && attending_) {
            log_.warn(
                "workforce", "the ledger does not know of this worker",
                {{"error", to_string(attended.error())}}
            );
        }
        attending_ = attended.ok();
        co_return kWorkerAttendsEvery;
    }

    const Config config_;
    Log& log_;
    Meter& meter_;
    SystemClock clock_;
    SystemEntropy entropy_;
    CatalogueLease lease_;
    MariaPool pool_;
    MariaLedger ledger_;
    MariaSaleBook sales_;
    MariaOrderBook orders_;
    MariaReviewBook reviews_;
    MariaInvalidationOutbox outbox_;
    StorePlatformReader pages_;
    MariaIdSource shop_ids_;
    MariaIdSource goods_ids_;
    std::unique_ptr<PageCaching> caching_;
    RabbitEvents events_;
    std::unique_ptr<RabbitOrderQueue> queue_;
    MariaWorkforce workforce_;
    ExpiredLeases leases_;
    std::vector<Line> gates_;  // the first is of `core`, then one for each io thread
    TaskGroup tasks_;
    Periodic attendance_;
    bool attending_ = true;  // logged at the change only
    ThreadLane audit_{"audit"};
};

std::string prefixed(const char* server, const std::string& name) {
    return std::string(server) + " " + name;
}

}  // namespace

Result<std::unique_ptr<Stores>> open_stack(
    const Config& config, boost::asio::io_context& core, Log& log, Meter& meter
) {
    auto stores = std::make_unique<StackStores>(config, core, log, meter);
    auto opened = stores->open();
    if (!opened.ok()) return opened.error();
    return std::unique_ptr<Stores>(std::move(stores));
}

Result<Done> migrate_stack(const Config& config, Log& log) {
    auto migrated = migrate(maria_endpoint(config));
    if (!migrated.ok()) return migrated;
    SystemClock clock;
    const auto queue =
        RabbitOrderQueue::open(rabbit_options(config), clock, log);  // declares what is missing
    if (!queue.ok()) return queue.error();
    return Done{};
}

Result<SeedReport> with_stack_import(
    const Config& config, Log& log, const std::function<Result<SeedReport>(PlatformImport&)>& work
) {
    auto migrated = migrate(maria_endpoint(config));
    if (!migrated.ok()) return migrated.error();
    MariaPoolOptions options = pool_options(config);
    options.writers = 1;
    options.readers = 1;
    const SystemClock clock;
    MariaPool pool(std::move(options), clock, log);
    MariaPlatformImport import(pool);
    return work(import);
}

std::unique_ptr<audit::Evidence> open_stack_evidence(const Config& config) {
    return std::make_unique<MariaEvidence>(maria_endpoint(config));
}

std::optional<std::uint64_t> orders_held(const Config& config, std::uint32_t sale) {
    std::vector<audit::GateFacts> gates;
    std::string error;
    if (!read_gate_facts(redis_endpoint(config), gates, error)) return std::nullopt;
    std::uint64_t held = 0;
    for (const audit::GateFacts& gate : gates)
        held += gate.sale == sale ? gate.held_orders.size() : 0;
    return held;
}

Result<audit::AuditReport> audit_stack(
    const Config& config, const std::optional<std::string>& journal_path
) {
    auto journal = read_journal_file(journal_path);
    if (!journal.ok()) return journal.error();
    std::vector<audit::GateFacts> gates;
    std::string error;
    const bool read = read_gate_facts(redis_endpoint(config), gates, error);
    const auto messages = count_waiting_messages(rabbit_options(config));
    MariaEvidence stores(maria_endpoint(config));
    audit::AuditInput input{stores, std::nullopt, !read, *std::move(journal)};
    if (read) input.gates = std::move(gates);
    input.unread_queue = audit::UnreadQueue{messages.ok() ? *messages : 0, !messages.ok()};
    return audit::run_audit(std::move(input));
}

Result<Done> refuse_cancels_of_stack(const Config& config, std::uint32_t sale, bool refuse) {
    const std::string number = std::to_string(sale);
    const std::string make =
        "CREATE TRIGGER refuse_" + number +
        " BEFORE UPDATE ON orders FOR EACH ROW BEGIN IF NEW.sale_id = " + number +
        " AND NEW.state = 'cancelled' THEN SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1205,"
        " MESSAGE_TEXT = 'cancel refused by a drill'; END IF; END";
    auto opened =
        maria::Connection::open(maria_endpoint(config), MariaTimeouts{}, maria::Role::kWriter);
    if (!opened.ok()) return opened.error();
    try {
        (*opened)->execute("DROP TRIGGER IF EXISTS refuse_" + number);
        if (refuse) (*opened)->execute(make);
        return Done{};
    } catch (const maria::SqlError& failure) {
        return fail(Code::kUnavailable, failure.what());
    }
}

std::vector<Check> check_stack(const Config& config) {
    SystemClock clock;
    std::vector<Check> all;
    const auto add = [&](const char* server, const auto& checks) {
        for (const auto& check : checks)
            all.push_back({prefixed(server, check.name), check.ok, check.detail, check.fix});
    };
    add("redis", check_redis(redis_endpoint(config)));
    add("rabbitmq", check_rabbitmq(rabbit_options(config), clock));
    add("mariadb", check_mariadb(maria_endpoint(config), clock));
    return all;
}

}  // namespace sluice
