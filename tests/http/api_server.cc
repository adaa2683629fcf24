#include "http/api_server.h"

#include <boost/asio/post.hpp>

#include "adapters/http/admin_api.h"
#include "adapters/http/public_api.h"
#include "adapters/memory/memory_events.h"
#include "adapters/memory/memory_gate.h"
#include "adapters/sqlite/invalidation_outbox.h"
#include "adapters/sqlite/ledger.h"
#include "adapters/sqlite/order_book.h"
#include "adapters/sqlite/order_queue.h"
#include "adapters/sqlite/review_book.h"
#include "adapters/sqlite/sale_book.h"
#include "adapters/system/system_clock.h"
#include "adapters/system/system_entropy.h"
#include "app/read_platform.h"
#include "app/warm_sales.h"
#include "app/worker.h"
#include "support/test_meter.h"
#include "support/test_store.h"

namespace sluice::http {
namespace {

std::unique_ptr<Store> open_store(const std::string& path, Lane& writer, Lane& reader, Log& log) {
    StoreOptions options;
    options.path = path;
    auto store = Store::open(options, writer, reader, log);
    SLUICE_CHECK(store.ok());
    return std::move(*store);
}

Task<Result<audit::AuditReport>> no_audit(std::optional<std::string>) {
    co_return audit::AuditReport{};
}

}  // namespace

struct ApiServer::State {
    State() {
        worker.start();
        SLUICE_CHECK(public_listener.start().ok());
        SLUICE_CHECK(admin_listener.start().ok());
        thread = std::thread{[this] { io.run(); }};
    }
    ~State() {
        io.stop();
        thread.join();
    }

    PublicServices public_services() {
        return {desk.place, desk.reads, desk.pay, desk.cancel, desk.reviews, pages, orders,
                lease,      clock,      log,      tokens,      signatures};
    }
    AdminServices admin_services() {
        return {
            worker.manage(),
            desk.reads,
            desk.cancel,
            worker.desk(),
            worker.shops(),
            reviews,
            sales,
            orders,
            ledger,
            clock,
            log,
            admin_tokens,
            [this](bool fix) { return worker.reconcile().run(fix, clock.in(Millis{10'000})); },
            no_audit,
            [this](SaleId sale) { return warm.warm(sale, clock.in(Millis{10'000})); },
            [this] {
                std::string text;
                stats.append_prometheus(text);
                return text;
            },
            [] {
                return Health{true, {{"store", true, ""}}};
            }};
    }

    const OrderSecrets secrets{{1, "order secret"}};
    TestDirectory directory;
    boost::asio::io_context io{1};
    SystemClock clock;
    SystemEntropy entropy;
    TestLog log;
    TestMeter meter;
    InlineLane writer{io.get_executor()};
    InlineLane reader{io.get_executor()};
    std::unique_ptr<Store> store = open_store(directory.file("store.db"), writer, reader, log);
    SqliteLedger ledger{*store, clock};
    SqliteSaleBook sales{*store, clock};
    SqliteOrderBook orders{*store, clock};
    SqliteReviewBook reviews{*store, clock};
    SqliteInvalidationOutbox outbox{*store, clock};
    StorePlatformReader pages{sales, reviews};
    NoPageCache cache;
    SqliteOrderQueue queue{*store, 2, clock};
    MemoryGate gate{io.get_executor(), clock, ServerId{"one"}};
    MemoryEvents events;
    CatalogueLease lease;
    OwnLeases leases{lease};
    SoleLeader leadership;
    const Ports ports{gate,   queue, ledger,  orders, sales, events,
                      leases, leadership, clock, entropy, meter,  log,
                      reviews, outbox, pages, cache};
    BuyerDesk desk{ports, lease, secrets, RetryTiers{}, io.get_executor()};
    Worker worker{ports, lease, secrets, RetryTiers{}, io.get_executor()};
    WarmSales warm{{pages, lease, clock, meter, log}, Millis{0}};

    const TokenAuthority tokens{{"token secret"}};
    const PaymentSignatures signatures{{"payment secret"}};
    const AdminTokens admin_tokens{
        {AdminToken{"ana", Role::kViewer, "viewer-token"},
         AdminToken{"bo", Role::kOperator, "operator-token"}}};
    HttpStats stats;
    const Router public_router = make_public_router(public_services());
    const Router admin_router = make_admin_router(admin_services());
    HttpListener public_listener{io, {}, public_router, {}, {clock, log, stats}};
    HttpListener admin_listener{io, {}, admin_router, {}, {clock, log, stats}};
    std::thread thread;
};

ApiServer::ApiServer() : state_(std::make_unique<State>()) {}
ApiServer::~ApiServer() = default;

std::string ApiServer::buyer_fields(const std::string& buyer) const {
    const WallTime expires = state_->clock.wall() + Millis{3'600'000};
    return "Authorization: Bearer " + state_->tokens.issue(BuyerId{buyer}, expires) + "\r\n";
}

std::string ApiServer::signature_fields(std::string_view body) const {
    return "Sluice-Signature: " + state_->signatures.sign(body, state_->clock.wall()) + "\r\n";
}

namespace {

// "POST /path" with a body, or "GET /path".
std::string request_of(std::string_view line, std::string_view body, const std::string& fields) {
    const std::string_view method = line.substr(0, line.find(' '));
    const std::string_view path = line.substr(method.size() + 1);
    if (method == "GET") return get(path, fields);
    return std::string{method} + post(path, body, fields).substr(4);
}

}  // namespace

Answer ApiServer::raw(std::string_view request) {
    TestClient client{state_->public_listener.port()};
    return client.ask(request);
}

Answer ApiServer::buyer(
    const std::string& name, std::string_view line, std::string_view body, std::string_view fields
) {
    return raw(request_of(line, body, buyer_fields(name) + std::string{fields}));
}

Answer ApiServer::admin(std::string_view line, std::string_view body, std::string_view token) {
    TestClient client{state_->admin_listener.port()};
    return client.ask(request_of(line, body, "Authorization: Bearer " + std::string{token} + "\r\n")
    );
}

std::unique_ptr<TestClient> ApiServer::connect() const {
    return std::make_unique<TestClient>(state_->public_listener.port());
}

void ApiServer::drain() {
    boost::asio::post(state_->io, [this] { state_->public_listener.drain(); });
}

const Router& ApiServer::public_router() const { return state_->public_router; }
const Router& ApiServer::admin_router() const { return state_->admin_router; }

std::string ApiServer::open_sale(int units, int limit, std::string_view mode) {
    const Answer shop = admin("POST /v1/shops", R"({"name":"Corner"})");
    const Answer goods = admin(
        "POST /v1/goods",
        R"({"shop_id":)" + field(shop.body, "shop_id") + R"(,"title":"Pan","price_minor":19900})"
    );
    const Answer sale = admin(
        "POST /v1/sales",
        R"({"goods_id":)" + field(goods.body, "goods_id") + R"(,"units":)" + std::to_string(units) +
            R"(,"limit_per_buyer":)" + std::to_string(limit) + R"(,"mode":")" + std::string{mode} +
            R"(","opens_at":"2020-01-01T00:00:00Z","closes_at":"2100-01-01T00:00:00Z"})"
    );
    const std::string id = field(sale.body, "sale_id");
    admin("POST /v1/sales/" + id + "/open", R"({"reason":"test"})");
    while (true) {  // until its gate is built: the first order that is not answered `recovering` is
                    // refused for its quantity
        const Answer probe =
            buyer("probe", "POST /v1/sales/" + id + "/orders", R"({"quantity":1000000})");
        if (probe.status != 503 && probe.status != 404) return id;
    }
}

std::string field(const std::string& json, std::string_view name) {
    const std::string key = "\"" + std::string{name} + "\":";
    const std::size_t at = json.find(key);
    if (at == std::string::npos) return {};
    std::size_t begin = at + key.size();
    const bool quoted = json[begin] == '"';
    begin += quoted ? 1 : 0;
    return json.substr(begin, json.find_first_of(quoted ? "\"" : ",}", begin) - begin);
}

}  // namespace sluice::http
