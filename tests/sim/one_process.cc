#include "sim/one_process.h"

#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "adapters/sqlite/connection.h"

namespace sluice::sim {
namespace {

constexpr char kPath[] = "store.db";

}  // namespace

CallRule failing(std::string call, Fault fault, std::uint64_t times, std::optional<Code> code) {
    CallRule rule;
    rule.name = std::move(call);
    rule.fault = fault;
    rule.times = times;
    rule.code = code;
    return rule;
}

CallRule late(std::string call, Millis before, Millis after) {
    CallRule rule;
    rule.name = std::move(call);
    rule.times = 1;
    rule.before = before;
    rule.after = after;
    return rule;
}

OneProcess::OneProcess(Offer offer, std::uint64_t seed)
    : offer_(std::move(offer)), seed_(seed), disk_(seed), prng_(seed) {
    boot();
    create_sale(offer_);
    SLUICE_CHECK(drain());
}

OneProcess::~OneProcess() = default;

Partition OneProcess::partition() const {
    return partition_of(sale_, kPartitions);
}

StoreOptions OneProcess::store_options() const {
    StoreOptions options;
    options.path = kPath;
    options.vfs = disk_.vfs();
    return options;
}

void OneProcess::spawn(Task<void> task) {
    auto rethrow = [](const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);
    };
    boost::asio::co_spawn(process_->context(), std::move(task), std::move(rethrow));
}

void OneProcess::create_sale(const Offer& offer) {
    const Deadline deadline = Deadline::never();
    Shop shop;
    shop.name = "Shop";
    auto shop_id = await(process_->sales().create_shop(std::move(shop), deadline));
    Goods goods;
    goods.shop = *shop_id;
    goods.title = "Goods";
    auto goods_id = await(process_->sales().create_goods(std::move(goods), deadline));
    NewSale sale;
    sale.goods = *goods_id;
    sale.units = offer.units;
    sale.limit_per_buyer = offer.limit;
    sale.opens_at = clock_.wall() - std::chrono::hours{24};
    sale.closes_at = clock_.wall() + offer.closes_in;
    sale.terms.price = offer.price;
    sale.terms.payment_window = offer.payment_window;
    sale.late_payment = offer.late_payment;
    auto created =
        await(worker().manage().create(std::move(sale), Actor{"operator", "test"}, deadline));
    sale_ = created->id;
    SLUICE_CHECK(set_state(SaleState::kOpen).ok());
}

void OneProcess::sql(const std::string& statements) {
    auto connection = Connection::open(kPath, disk_.vfs(), Connection::Access::kReadWrite);
    SLUICE_CHECK(connection.ok());
    (*connection)->execute(statements);
}

std::int64_t OneProcess::rows(const std::string& table_and_condition) {
    auto connection = Connection::open(kPath, disk_.vfs(), Connection::Access::kReadWrite);
    SLUICE_CHECK(connection.ok());
    auto row = (*connection)->prepare("SELECT COUNT(*) FROM " + table_and_condition);
    SLUICE_CHECK(row.query().next());
    return row.get<std::int64_t>(0);
}

void OneProcess::power_off() {
    process_.reset();
    disk_.crash(prng_);
    for (auto& [key, line] : std::exchange(pending_, {})) journal_.push_back(std::move(line));
}

void OneProcess::boot() {
    process_ = std::make_unique<SimProcess>(clock_, store_options(), seed_ * 1'000 + ++lives_);
    process_->start();
}

void OneProcess::kill() {
    power_off();
    boot();
}

void OneProcess::run_handlers(std::uint64_t handlers) {
    for (std::uint64_t i = 0; i < handlers; ++i) {
        if (!process_->step()) SLUICE_CHECK(clock_.advance_to_next());
    }
}

void OneProcess::run_for(Millis time) {
    const Instant end = clock_.now() + time;
    run_until([] { return false; }, time);
    if (clock_.now() < end) clock_.advance(std::chrono::duration_cast<Millis>(end - clock_.now()));
    while (process_->step()) {
    }
}

bool OneProcess::drain() {
    for (Millis waited{0}; waited < kPatience; waited += Millis{100}) {
        if (quiet()) return true;
        run_for(Millis{100});
    }
    return false;
}

bool OneProcess::quiet() {
    if (!pending_.empty() || queued() > 0 || worker().rebuild().running() > 0) return false;
    const DeadLetters parked = dead_letters(DeferredState::kParked);
    if (!parked.orders.empty() || !parked.work.empty()) return false;
    const auto held = gate();
    if (!held) return false;
    return held->held_orders.size() == dead_letters(DeferredState::kBuried).orders.size();
}

}  // namespace sluice::sim
