#include "redis/random_sale.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <unordered_set>

namespace sluice {
namespace {

constexpr Millis kWindow{1'200'000};  // windows open and close around the present

bool same_admission(const Admission& left, const Admission& right) {
    return left.verdict == right.verdict && left.left == right.left &&
           left.accepted_at == right.accepted_at && left.terms == right.terms;
}

bool same_reply(const ReserveReply& left, const ReserveReply& right) {
    return left.answer == right.answer && left.epoch == right.epoch &&
           std::equal(
               left.admissions.begin(), left.admissions.end(), right.admissions.begin(),
               right.admissions.end(), same_admission
           );
}

bool same_held(const HeldOrder& left, const HeldOrder& right) {
    return left.order == right.order && left.due_at == right.due_at && left.claims == right.claims;
}

bool same_snapshot(const GateSnapshot& left, const GateSnapshot& right) {
    return left.answer == right.answer && left.epoch == right.epoch &&
           left.version == right.version && left.available == right.available &&
           left.held == right.held && left.state == right.state &&
           left.revision == right.revision &&
           std::equal(
               left.held_orders.begin(), left.held_orders.end(), right.held_orders.begin(),
               right.held_orders.end(), same_held
           );
}

bool same_known(const std::vector<KnownOrder>& left, const std::vector<KnownOrder>& right) {
    const auto same = [](const KnownOrder& one, const KnownOrder& other) {
        return one.order == other.order && one.letter == other.letter &&
               one.quantity == other.quantity;
    };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), same);
}

bool same_found(const std::optional<HeldOrder>& left, const std::optional<HeldOrder>& right) {
    if (left.has_value() != right.has_value()) return false;
    return !left || same_held(*left, *right);
}

template <class T>
bool equal(const T& left, const T& right) {
    return left == right;
}

}  // namespace

template <class T, class Same>
void RandomSale::start(const char* what, Task<Result<T>> task, T expected, Same same) {
    auto answer = run_.loop.start(std::move(task));
    const auto number = run_.operations;
    run_.ended.push_back([answer] { return answer->has_value(); });
    run_.checks.push_back([what, answer, expected = std::move(expected), same, number] {
        const Result<T>& got = **answer;
        ASSERT_TRUE(got.ok()) << what << " near operation " << number << ": "
                              << to_string(got.error());
        ASSERT_TRUE(same(*got, expected)) << what << " near operation " << number;
    });
}

void RandomSale::start_call() {
    const auto die = run_.random.below(100);
    if (die < 52) return start_reserve();
    if (die < 82) return start_sync();
    if (die < 87) return start_claim();
    if (die < 91) return start_park();
    if (die < 93) return start_set_state();
    if (die < 94) return start_snapshot();
    if (die < 96) return start_find_held();
    if (die < 99) {
        std::vector<OrderId> orders;
        for (auto i = between(0, 20); i > 0; --i)
            orders.push_back(chance(80) ? old_order() : new_order());
        return start_letters(std::move(orders));
    }
    start_retire();
}

void RandomSale::make_every_call(const std::function<void()>& finish) {
    for (const auto start : {&RandomSale::start_reserve, &RandomSale::start_sync, &RandomSale::start_claim,
                             &RandomSale::start_park, &RandomSale::start_set_state, &RandomSale::start_snapshot,
                             &RandomSale::start_find_held, &RandomSale::start_retire}) {
        (this->*start)();
        finish();
    }
    start_letters({new_order()});
    finish();
}

void RandomSale::start_whole_look() {
    const auto operations = run_.operations;
    start_snapshot();
    for (std::size_t from = 0; from < used_.size(); from += 4'000) {
        const auto first = used_.begin() + static_cast<std::ptrdiff_t>(from);
        const auto last =
            used_.begin() + static_cast<std::ptrdiff_t>(std::min(from + 4'000, used_.size()));
        start_letters({first, last});
    }
    run_.operations = operations;  // only a look
}

void RandomSale::start_reserve() {
    std::vector<ReserveRequest> requests;
    for (auto i = between(0, 60); i > 0; --i) {
        requests.push_back({chance(25) ? old_order() : new_order(), buyer(), quantity(), terms()});
    }
    run_.operations += requests.size();
    auto expected = model_.reserve(run_.self, run_.now, requests);
    for (const Admission& admission : expected.admissions) {
        ++run_.verdicts[static_cast<std::size_t>(admission.verdict)];
    }
    auto task = run_.gate.reserve(sale_, std::move(requests), Deadline::never());
    start("reserve", std::move(task), std::move(expected), same_reply);
}

void RandomSale::start_sync() {
    LedgerTruth truth;
    truth.sale = sale_;
    truth.epoch = some_epoch();
    truth.version = some_version();
    truth.available = chance(90) ? between(0, 3'000) : kStockUnitsMax;
    for (auto i = between(0, 70); i > 0; --i) {
        truth.finished.push_back({chance(95) ? old_order() : new_order(), letter()});
    }
    for (auto i = between(0, 15); i > 0; --i) truth.bought.push_back({buyer(), between(0, 5)});
    run_.operations += truth.finished.size() + truth.bought.size();
    const auto expected = model_.sync(truth);
    auto task = run_.gate.sync(std::move(truth), Deadline::never());
    start("sync", std::move(task), expected, equal<SyncVerdict>);
}

void RandomSale::start_claim() {
    const auto orders_max = static_cast<std::size_t>(between(0, 120));
    auto expected = model_.claim_stale(run_.self, run_.now, orders_max);
    expected.sale = sale_;  // a model that was never loaded does not know it
    run_.operations += 1 + expected.orders.size();
    auto task = run_.gate.claim_stale(sale_, orders_max, Deadline::never());
    start("claim_stale", std::move(task), std::move(expected), equal<OrderBatch>);
}

void RandomSale::start_park() {
    std::vector<ParkedOrder> parked;
    for (auto i = between(0, 30); i > 0; --i) {
        parked.push_back({old_order(), Millis{between(0, 400'000)}});
    }
    const Epoch epoch = some_epoch();
    run_.operations += parked.size();
    model_.park(epoch, run_.now, parked);
    auto task = run_.gate.park(sale_, epoch, std::move(parked), Deadline::never());
    start("park", std::move(task), Done{}, equal<Done>);
}

void RandomSale::start_set_state() {
    const Epoch epoch = some_epoch();
    const Revision revision{revision_.value() + static_cast<std::uint64_t>(between(0, 3))};
    if (chance(50)) revision_ = revision;
    const SaleState state = some_state();
    ++run_.operations;
    model_.set_state(epoch, revision, state);
    auto task = run_.gate.set_state(sale_, epoch, revision, state, Deadline::never());
    start("set_state", std::move(task), Done{}, equal<Done>);
}

void RandomSale::start_snapshot() {
    ++run_.operations;
    auto task = run_.gate.snapshot(sale_, Deadline::never());
    start("snapshot", std::move(task), model_.snapshot(run_.self), same_snapshot);
}

void RandomSale::start_find_held() {
    const OrderId order = chance(90) ? old_order() : new_order();
    ++run_.operations;
    auto task = run_.gate.find_held(order, Deadline::never());
    start("find_held", std::move(task), model_.find_held(order), same_found);
}

void RandomSale::start_letters(std::vector<OrderId> orders) {
    std::vector<KnownOrder> expected;
    for (const OrderId& order : orders) {
        if (const auto known = model_.find(order)) expected.push_back(*known);
    }
    run_.operations += orders.size();
    auto task = run_.gate.letters(sale_, std::move(orders), Deadline::never());
    start("letters", std::move(task), std::move(expected), same_known);
}

void RandomSale::start_retire() {
    const Epoch epoch = some_epoch();
    ++run_.operations;
    const auto snapshot = model_.snapshot(run_.self);
    const bool goes = model_.loaded() && model_.epoch() == epoch &&
                      snapshot.state == SaleState::kClosed && snapshot.held == 0;
    if (goes) forget();
    auto task = run_.gate.retire(sale_, epoch, Deadline::never());
    start("retire", std::move(task), Done{}, equal<Done>);
}

void RandomSale::load() {
    auto loaded = image();
    const ServerId expected_server = chance(95) ? run_.self : ServerId{std::string(40, 'f')};
    run_.operations += 1 + loaded.held.size() + loaded.finished.size() + loaded.bought.size();
    const auto expected = model_.load(run_.self, expected_server, loaded);
    if (expected == LoadVerdict::kLoaded) {
        used_.clear();
        for (const HeldOrder& held : loaded.held) used_.push_back(held.order.order);
        for (const KnownOrder& known : loaded.finished) used_.push_back(known.order);
        last_epoch_ = loaded.epoch;
        version_ = loaded.version;
        revision_ = loaded.revision;
    }
    auto ahead = load_ahead(expected_server, loaded);
    auto stream = stream_of(std::move(loaded));
    stream.ahead = std::move(ahead);
    auto task = run_.gate.load_stream(sale_, expected_server, std::move(stream), Deadline::never());
    const auto got = run_.loop.run(std::move(task));
    ASSERT_TRUE(got.ok()) << to_string(got.error());
    ASSERT_EQ(*got, expected) << "load near operation " << run_.operations;
}

// Half of the loads are told something ahead: what the ledger had a while before.
ImageRows RandomSale::load_ahead(const ServerId& expected_server, const GateImage& image) {
    if (chance(50)) return {};
    GateImage before;
    before.finished = image.finished;
    before.bought = image.bought;
    std::erase_if(before.finished, [this](const KnownOrder&) { return chance(20); });
    std::erase_if(before.bought, [this](const BuyerTotal&) { return chance(20); });
    for (KnownOrder& known : before.finished) known.letter = chance(20) ? Letter::kSettled : known.letter;
    for (BuyerTotal& total : before.bought) total.bought += chance(20) ? 1 : 0;
    auto rows = stream_of(std::move(before)).rows;
    auto task = run_.gate.load_ahead(sale_, expected_server, image.epoch, std::move(rows), Deadline::never());
    auto taken = run_.loop.run(std::move(task));
    return taken.ok() ? std::move(*taken) : ImageRows{};
}

GateImage RandomSale::image() {
    GateImage image;
    image.sale = sale_;
    image.epoch =
        chance(90) ? next(last_epoch_) : Epoch{std::max<std::uint64_t>(last_epoch_.value(), 1)};
    image.version = next(version_);
    image.available = chance(80) ? between(0, 3'000) : kStockUnitsMax;
    image.limit_per_buyer = chance(80) ? between(1, 12) : 1'000'000'000;
    image.opens_at = run_.now + Millis{between(-kWindow.count(), kWindow.count() / 10)};
    image.closes_at = run_.now + Millis{between(-kWindow.count() / 10, kWindow.count() * 4)};
    image.state = chance(85) ? SaleState::kOpen : some_state();
    image.revision = next(revision_);
    std::unordered_set<OrderId> seen;
    for (auto i = between(0, 40); i > 0; --i) {
        const OrderId order = chance(80) ? old_order() : new_order();
        if (!seen.insert(order).second) continue;
        if (chance(30)) {
            const AcceptedOrder accepted{
                order, buyer(), quantity(), run_.now - Millis{between(0, 90'000)}, terms()};
            const WallTime due_at = run_.now + Millis{between(-30'000, 300'000)};
            image.held.push_back({accepted, due_at, static_cast<int>(between(0, 9))});
        } else {
            image.finished.push_back({order, letter(), quantity()});
        }
    }
    std::unordered_set<BuyerId> named;
    for (auto i = between(0, 30); i > 0; --i) {
        const BuyerId who = buyer();
        if (named.insert(who).second) image.bought.push_back({who, between(0, 6)});
    }
    return image;
}

OrderId RandomSale::new_order() {
    std::array<std::uint8_t, 12> entropy{};
    for (auto& byte : entropy) byte = static_cast<std::uint8_t>(run_.random.below(256));
    used_.push_back(OrderId::compose(sale_, entropy));
    return used_.back();
}

OrderId RandomSale::old_order() {
    if (used_.empty()) return new_order();
    const auto reach = std::min<std::size_t>(used_.size(), 400);
    return used_[used_.size() - 1 - run_.random.below(reach)];
}

BuyerId RandomSale::buyer() {
    switch (run_.random.below(40)) {  // any bytes are a buyer
        case 0:
            return BuyerId{"a b 3 "};
        case 1:
            return BuyerId{std::string("\0\r\n$", 4)};
        case 2:
            return BuyerId{std::string(kBuyerIdBytesMax, '\xff')};
        case 3:
            return BuyerId{"7"};
        default:
            return BuyerId{"buyer-" + std::to_string(run_.random.below(250))};
    }
}

Units RandomSale::quantity() {
    if (chance(95)) return between(1, 3);
    return chance(50) ? kOrderUnitsMax : between(1, kOrderUnitsMax);
}

Terms RandomSale::terms() {
    const auto currency = chance(80) ? Currency{} : *Currency::parse("EUR");
    return {
        Cents{chance(90) ? 1'000 : between(0, kPriceMax)}, currency,
        Millis{between(0, 3) * 60'000}};
}

Letter RandomSale::letter() {
    constexpr std::array kLetters = {
        Letter::kSettled, Letter::kSettled, Letter::kCancelled, Letter::kRejected};
    return kLetters[run_.random.below(kLetters.size())];
}

Epoch RandomSale::some_epoch() {
    if (chance(96)) return last_epoch_;
    return Epoch{
        last_epoch_.value() + (chance(50) ? 1 : 0) -
        (chance(50) && last_epoch_.value() > 0 ? 1 : 0)};
}

Version RandomSale::some_version() {
    if (chance(70)) return version_ = next(version_);
    const auto back = std::min<std::uint64_t>(version_.value() - 1, run_.random.below(5));
    return Version{version_.value() - back};
}

SaleState RandomSale::some_state() {
    constexpr std::array kStates = {SaleState::kOpen, SaleState::kOpen,   SaleState::kOpen,
                                    SaleState::kOpen, SaleState::kPaused, SaleState::kClosed,
                                    SaleState::kDraft};
    return kStates[run_.random.below(kStates.size())];
}

}  // namespace sluice
