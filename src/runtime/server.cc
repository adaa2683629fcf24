#include "runtime/server.h"

#include <pthread.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <set>
#include <thread>
#include <unistd.h>
#include <utility>

#include "adapters/http/admin_api.h"
#include "app/warm_sales.h"
#include "app/worker.h"
#include "runtime/cache_metrics.h"
#include "runtime/data_dir.h"
#include "runtime/gauges.h"
#include "runtime/io_thread.h"
#include "runtime/secrets.h"
#include "runtime/stores.h"
#include "runtime/wire_crash_point.h"

namespace sluice {
namespace {

constexpr Millis kFirstLeaseWait{10'000};

std::vector<std::string> one(std::string secret) { return {std::move(secret)}; }

http::Limits http_limits(const LimitsConfig& config) {
    http::Limits limits;
    limits.header_bytes_max = config.header_bytes_max;
    limits.body_bytes_max = config.body_bytes_max;
    limits.header_time = config.header_deadline;
    limits.idle_time = config.idle;
    limits.connections_max = config.connections_max;
    limits.connections_per_address_max = config.connections_per_ip_max;
    return limits;
}

std::unique_ptr<http::RateLimiter> limiter(double rate, double burst) {
    if (rate <= 0) return nullptr;
    http::RateLimit limit;
    limit.per_second = rate;
    limit.burst = std::max(burst, 1.0);
    return std::make_unique<http::RateLimiter>(limit);
}

// Two servers on one machine are the usual reason why a port is taken: say what chooses another one.
Error naming(Error error, std::string_view setting) {
    error.detail.append("; ").append(setting).append(" chooses another one");
    return error;
}

std::string url_of(const std::string& address, std::uint16_t port) {
    const bool is_v6 = address.find(':') != std::string::npos;
    return "http://" + (is_v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

}  // namespace

// Declared in the order in which they must outlive each other: contexts last to go, stores before the io threads whose
// coroutines they may still hold, the worker before the stores.
struct Server::State {
    State(const Config& c, ServerRole r, Log& l, MetricsRegistry& m, DataDir d, Secrets s)
        : config(c), role(r), log(l), metrics(m), data_dir(std::move(d)), secrets(std::move(s)), tokens(one(secrets.token)),
          signatures(secrets.payment), admin_tokens({{"admin", http::Role::kAdmin, secrets.admin_token}}),
          address_limit(limiter(c.limits.ip_rate, c.limits.ip_burst)),
          buyer_limit(limiter(c.limits.buyer_rate, c.limits.buyer_burst)) {}

    Result<Done> open();
    Result<Done> bind();
    http::AdminServices admin_services();
    std::vector<DependencyState> dependencies() const;
    void tell_dependencies();
    Task<Millis> watch();
    void run();
    Result<Done> await_lease();
    Task<void> finish();

    Config config;
    const ServerRole role;
    Log& log;
    MetricsRegistry& metrics;
    DataDir data_dir;
    Secrets secrets;
    http::TokenAuthority tokens;
    http::PaymentSignatures signatures;
    http::AdminTokens admin_tokens;
    std::unique_ptr<http::RateLimiter> address_limit;
    std::unique_ptr<http::RateLimiter> buyer_limit;
    http::HttpStats stats;
    MetricsRegistry::Handle stats_text;

    boost::asio::io_context core{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{core.get_executor()};
    std::vector<std::unique_ptr<IoThread>> io_threads;
    std::unique_ptr<Stores> stores;
    std::optional<Ports> core_ports;
    std::unique_ptr<Worker> worker;
    std::unique_ptr<TaskGroup> background;
    std::unique_ptr<Gauges> gauges;
    std::unique_ptr<Periodic> gauge_loop;
    std::unique_ptr<WarmSales> warm;
    std::unique_ptr<Periodic> warm_loop;
    std::set<std::string> down;             // dependencies of which that was told
    MetricsRegistry::Handle dependency_up;  // asks the stores, and goes before them
    http::Router admin_router;
    std::unique_ptr<http::HttpListener> admin_listener;
    std::thread core_thread;
};

Result<Done> Server::State::open() {
    auto opened = config.is_stack() ? open_stack(config, core, log, metrics) : open_embedded(config, core, log, metrics);
    if (!opened.ok()) return opened.error();
    auto wired = with_crash_point(std::move(*opened), log);
    if (!wired.ok()) return wired.error();
    stores = std::move(*wired);
    const Ports ports = core_ports.emplace(stores->ports(core));
    const RetryTiers tiers{config.worker.retry_tiers};
    worker = std::make_unique<Worker>(ports, stores->lease(), secrets.order_ids, tiers, core.get_executor());
    background = std::make_unique<TaskGroup>(core.get_executor());
    GaugePorts gauge_ports{ports.gate, ports.queue, ports.orders, ports.clock, ports.log};
    gauges = std::make_unique<Gauges>(gauge_ports, stores->lease(), metrics);
    gauge_loop = std::make_unique<Periodic>(*background, ports.clock, [this] { return watch(); });
    const WarmSales::Parts warm_parts{ports.pages, stores->lease(), ports.clock, ports.meter, ports.log};
    warm = std::make_unique<WarmSales>(warm_parts, config.cache.warm_ahead);
    warm_loop = std::make_unique<Periodic>(*background, ports.clock, [this] { return warm->round(); });
    stats_text = metrics.add_text([this] {
        std::string text;
        stats.append_prometheus(text);
        append_prometheus(stores->cache_figures(), text);
        return text;
    });
    dependency_up = metrics.add_gauge("sluice_dependency_up", "1 while the dependency answers.", [this] {
        std::vector<MetricsRegistry::Sample> samples;
        for (const DependencyState& each : dependencies()) {
            samples.push_back({{{"dependency", each.name}}, each.up ? 1.0 : 0.0});
        }
        return samples;
    });
    return Done{};
}

// The ledger first: without it nothing can be promised.
std::vector<DependencyState> Server::State::dependencies() const {
    const bool ledger = stores->lease().read()->valid(stores->clock().now());
    std::vector<DependencyState> all{
        {"ledger", ledger, ledger ? "" : "the sale catalogue cannot be read"}, {"queue", gauges->queue_up(), ""}};
    for (DependencyState& state : stores->dependencies()) all.push_back(std::move(state));
    return all;
}

// At the change only.
void Server::State::tell_dependencies() {
    for (const DependencyState& each : dependencies()) {
        if (!each.up && down.insert(each.name).second) {
            log.warn("dependency", "down", {{"dependency", each.name}, {"why", each.detail}});
        } else if (each.up && down.erase(each.name) > 0) {
            log.info("dependency", "up again", {{"dependency", each.name}});
        }
    }
}

Task<Millis> Server::State::watch() {
    const Millis pause = co_await gauges->refresh();
    tell_dependencies();
    co_return pause;
}

http::AdminServices Server::State::admin_services() {
    const Ports& ports = *core_ports;
    BuyerDesk& desk = worker->buyer();
    auto reconcile = [this](bool fix) {
        return worker->reconcile().run(fix, stores->clock().in(Millis{30'000}));
    };
    auto audit = [this](std::optional<std::string> journal) { return stores->audit(std::move(journal)); };
    auto warm_sale = [this](SaleId sale) { return warm->warm(sale, stores->clock().in(Millis{10'000})); };
    auto health = [this] {
        http::Health known;
        for (const DependencyState& state : dependencies()) {
            known.dependencies.push_back({state.name, state.up, state.detail});
        }
        known.ready = known.dependencies.front().up && !stores->lease().read()->lame_duck;
        return known;
    };
    return {worker->manage(), desk.reads,   desk.cancel, worker->desk(),    worker->shops(), ports.reviews, ports.sales,
            ports.orders,     ports.ledger, ports.clock, ports.log,         admin_tokens,
            reconcile,        audit,        warm_sale,    [this] { return metrics.text(); }, health};
}

Result<Done> Server::State::bind() {
    IoThreadSettings settings;
    settings.listen = {config.http.public_address, config.http.public_port, true};
    settings.limits = http_limits(config.limits);
    settings.place.waiting_max = config.limits.waiting_max;
    settings.place.batch_orders_max = config.limits.batch_orders_max;
    settings.place.in_flight_max = config.limits.batches_in_flight_max;
    settings.secrets = secrets.order_ids;
    settings.tiers = RetryTiers{config.worker.retry_tiers};
    settings.work_time = config.limits.request_deadline;
    const int io_thread_count = role == ServerRole::kWorker ? 0 : config.http.io_threads;
    for (int i = 0; i < io_thread_count; ++i) {
        const IoThreadShared shared{stores->lease(), stats, tokens, signatures, address_limit.get(), buyer_limit.get()};
        auto ports = [this](boost::asio::io_context& context) { return stores->ports(context); };
        io_threads.push_back(std::make_unique<IoThread>(ports, settings, shared));
        auto bound = io_threads.back()->bind();
        if (!bound.ok()) return naming(bound.error(), "http.public_port (--port)");
        settings.listen.port = io_threads.back()->port();  // the others share what the first was given
    }
    admin_router = http::make_admin_router(admin_services());
    const http::ListenOptions listen{config.http.admin_address, config.http.admin_port, false};
    const http::ListenerPorts ports{stores->clock(), log, stats};
    admin_listener =
        std::make_unique<http::HttpListener>(core, listen, admin_router, http_limits(config.limits), ports);
    auto listens = admin_listener->start();
    if (!listens.ok()) return naming(listens.error(), "http.admin_port (--admin-port)");
    return listens;
}

void Server::State::run() {
    core_thread = std::thread([this] { core.run(); });
    pthread_setname_np(core_thread.native_handle(), "core");
    boost::asio::post(core, [this] {
        if (role != ServerRole::kApi) stores->start_working();
        worker->start(role == ServerRole::kApi ? Worker::Role::kApiOnly : Worker::Role::kWorks);
        gauge_loop->start();
        if (role == ServerRole::kWorker) return;
        stores->start_serving();
        warm_loop->start();
    });
    int number = 0;
    for (auto& thread : io_threads) thread->run("io-" + std::to_string(number++));
}

// Ready means that buyers can be answered: the first catalogue read is in.
Result<Done> Server::State::await_lease() {
    auto wait = [](Clock& clock, const CatalogueLease& lease) -> Task<bool> {
        const Instant until = clock.now() + kFirstLeaseWait;
        while (!lease.read()->valid(clock.now()) && clock.now() < until) {
            Event nobody;
            co_await clock.sleep_until(clock.now() + Millis{2}, nobody);
        }
        co_return lease.read()->valid(clock.now());
    };
    const bool held =
        boost::asio::co_spawn(core, wait(stores->clock(), stores->lease()), boost::asio::use_future).get();
    if (!held) return fail(Code::kUnavailable, "the ledger does not answer");
    for (const Sale& sale : stores->lease().read()->catalogue.sales) {
        if (sale.partition.value() == sale.id.value() % config.queue_partitions) continue;
        return fail(Code::kInvalidField, "queue.partitions differs from when the sales of this data directory were made");
    }
    return Done{};
}

Task<void> Server::State::finish() {
    admin_listener->drain();
    gauge_loop->stop();
    warm_loop->stop();
    co_await worker->stop();
    if (role != ServerRole::kApi) co_await stores->stop_working();
    co_await background->join();
    co_await stores->close();
    co_await admin_listener->drained();
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() { stop(Millis{0}); }

Result<std::unique_ptr<Server>> Server::start(
    const Config& config, ServerRole role, Log& log, MetricsRegistry& metrics
) {
    auto data_dir = DataDir::own(config.data_dir);
    if (!data_dir.ok()) return data_dir.error();
    auto secrets = load_secrets(config.data_dir, config.secrets);
    if (!secrets.ok()) return secrets.error();
    auto state = std::make_unique<State>(config, role, log, metrics, std::move(*data_dir), std::move(*secrets));
    auto opened = state->open();
    if (!opened.ok()) return opened.error();
    auto bound = state->bind();
    if (!bound.ok()) return bound.error();
    State& running = *state;
    std::unique_ptr<Server> server(new Server(std::move(state)));
    running.run();
    auto ready = running.await_lease();
    if (!ready.ok()) return ready.error();
    AdminFile file;
    file.admin_url = url_of(config.http.admin_address, server->admin_port());
    if (role != ServerRole::kWorker) file.public_url = url_of(config.http.public_address, server->public_port());
    file.token = running.secrets.admin_token;
    file.pid = ::getpid();
    auto published = running.data_dir.publish(file);
    if (!published.ok()) return published.error();
    return server;
}

std::uint16_t Server::public_port() const {
    return state_->io_threads.empty() ? std::uint16_t{0} : state_->io_threads.front()->port();
}

std::uint16_t Server::admin_port() const { return state_->admin_listener->port(); }

void Server::lame_duck() { state_->stores->lease().become_lame_duck(); }

bool Server::sale_ready(SaleId sale) const {
    const auto lease = state_->stores->lease().read();
    const Sale* row = lease->find(sale);
    return row != nullptr && (row->mode == SaleMode::kDirect || row->gate_state == GateState::kOpen);
}

void Server::stop(Millis grace) {
    if (!state_->core_thread.joinable()) return;
    for (auto& thread : state_->io_threads) thread->drain(grace);
    // Loads of the cache run on the executors of those who asked first, so these run until the stores are closed.
    auto finished = boost::asio::co_spawn(state_->core, state_->finish(), boost::asio::use_future);
    if (finished.wait_for(grace + Millis{1'000}) != std::future_status::ready) {
        boost::asio::post(state_->core, [this] { state_->admin_listener->abort(); });
        finished.wait_for(Millis{1'000});
    }
    for (auto& thread : state_->io_threads) thread->halt();
    state_->work.reset();
    state_->core.stop();
    state_->core_thread.join();
}

}  // namespace sluice
