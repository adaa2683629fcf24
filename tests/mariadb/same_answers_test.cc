// The same calls in the same order, many of them wrong on purpose, to the embedded ledger and to
// this one: every answer, every row and every sum must be the same. One seed is one run.

#include <map>

#include "adapters/sqlite/ledger.h"
#include "adapters/sqlite/sale_book.h"
#include "base/prng.h"
#include "mariadb/shop.h"
#include "support/virtual_clock.h"

namespace sluice {
namespace {

constexpr WallTime kStart = wall_from_ms(1'800'000'000'000);
constexpr Deadline kNever = Deadline::never();
constexpr std::uint64_t kOrders = 14;
constexpr std::uint64_t kBuyers = 4;

class SqliteSide {
public:
    Ledger& ledger() { return ledger_; }
    SaleBook& sales() { return sales_; }
    void set_now(WallTime now) { clock_.step_wall(now - clock_.wall()); }
    template <class T>
    T run(Task<T> task) {
        return store_.run(std::move(task));
    }

private:
    VirtualClock clock_;
    TestStore store_;
    SqliteLedger ledger_{store_.store(), clock_};
    SqliteSaleBook sales_{store_.store(), clock_};
};

// Answers as text, so that a difference can be read.
std::string text(const Error& error) { return "error " + std::string(info(error.code).wire); }
std::string text(const LedgerTruth& truth) {
    std::string all = "truth e" + std::to_string(truth.epoch.value()) + " v" +
                      std::to_string(truth.version.value()) + " a" +
                      std::to_string(truth.available);
    for (const auto& each : truth.finished) {
        all += " " + each.order.text().substr(30) + "=" +
               std::to_string(static_cast<int>(each.letter));
    }
    for (const auto& each : truth.bought) {
        all += " " + each.buyer.value() + ":" + std::to_string(each.bought);
    }
    return all;
}
std::string text(const Applied& applied) {
    if (const auto* truth = std::get_if<LedgerTruth>(&applied)) return text(*truth);
    if (std::holds_alternative<EpochSealed>(applied)) return "sealed";
    return std::get<Conflict>(applied) == Conflict::kVersion ? "version" : "rows";
}
std::string text(const OrderRow& row) {
    std::string all = row.order.text().substr(30) + " " + row.buyer.value() + " " +
                      std::to_string(row.quantity) + " " + std::string(to_string(row.state)) + " " +
                      std::string(to_string(row.reason));
    for (const auto time : {row.accepted_at, row.settled_at, row.deadline_at, row.due_at()}) {
        all += " " + std::to_string((time - kStart).count());
    }
    return all + (row.payment ? " " + row.payment->value() : "");
}
std::string text(const PaymentOutcome& outcome) {
    return std::string(to_string(outcome.payment.state)) + " " +
           std::string(to_string(outcome.payment.refund_reason)) + " " +
           std::to_string(static_cast<int>(outcome.decision)) + (outcome.repeated ? " again" : "") +
           (outcome.order ? " " + text(*outcome.order) : "");
}
std::string text(const std::optional<OrderRow>& row) { return row ? text(*row) : "none"; }
std::string text(Epoch epoch) { return "epoch " + std::to_string(epoch.value()); }
std::string text(Done) { return "done"; }
std::string text(const SaleSnapshot& shown) {
    std::string all = "v" + std::to_string(shown.version.value()) + " e" +
                      std::to_string(shown.sale.epoch.value()) + " s" +
                      std::to_string(shown.sealed_epoch.value()) + " a" +
                      std::to_string(shown.sale.available) + "/" + std::to_string(shown.sale.total);
    for (const auto& row : shown.orders) all += "\n  " + text(row);
    for (const auto& row : shown.deferred) {
        all += "\n  deferred " + row.order.order.text().substr(30) + " " +
               std::string(to_string(row.state)) + " " + std::to_string(row.attempt) + " e" +
               std::to_string(row.epoch.value()) + " " + row.last_error;
    }
    for (const auto& total : shown.bought) {
        all += "\n  " + total.buyer.value() + ":" + std::to_string(total.bought);
    }
    for (const auto& payment : shown.unmatched) all += "\n  waits " + payment.value();
    return all;
}
template <class T>
std::string text(const Result<T>& result) {
    return result.ok() ? text(*result) : text(result.error());
}

using Answers = std::pair<std::string, std::string>;  // the embedded ledger's, the other's

class TwoLedgers {
public:
    explicit TwoLedgers(std::uint64_t seed) : random_(seed) {
        set_now();
        for (std::uint64_t i = 0; i < 2; ++i) sales_.push_back(new_sale(i));
    }
    Answers step();
    Answers look() {
        const auto sale = any_sale();
        return both([&](Ledger& ledger) { return ledger.snapshot(query_all(sale), kNever); });
    }

private:
    SaleId new_sale(std::uint64_t number);
    void set_now() {
        lite_.set_now(now_);
        maria_.set_now(now_);
    }
    std::uint64_t below(std::uint64_t end) { return random_.below(end); }
    SaleId any_sale() { return sales_[below(sales_.size())]; }
    OrderId id(SaleId sale, std::uint64_t number) {
        return OrderId::compose(
            sale, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(number)}
        );
    }
    AcceptedOrder order(SaleId sale, std::uint64_t number) {
        AcceptedOrder order;
        order.order = id(sale, number);
        order.buyer = BuyerId{"b" + std::to_string(number % kBuyers)};
        order.quantity = static_cast<Units>(1 + number % 3);
        order.accepted_at = kStart;
        order.terms.price = Cents{number % 5 == 0 ? 0 : 500};
        order.terms.payment_window = Millis{1'000 * static_cast<std::int64_t>(number)};
        return order;
    }
    SnapshotQuery query_all(SaleId sale) {
        SnapshotQuery query{sale, {}, {}};
        for (std::uint64_t i = 0; i < kOrders; ++i) query.orders.push_back(id(sale, i));
        for (std::uint64_t i = 0; i < kBuyers; ++i) {
            query.buyers.push_back(BuyerId{"b" + std::to_string(i)});
        }
        return query;
    }
    SaleSnapshot shown(SaleId sale) {
        auto found = lite_.run(lite_.ledger().snapshot(query_all(sale), kNever));
        SLUICE_CHECK(found.ok());
        return std::move(*found);
    }
    template <class Call>
    Answers both(Call call) {
        const auto left = lite_.run(call(lite_.ledger()));
        const auto right = maria_.run(call(maria_.ledger()));
        return {text(left), text(right)};
    }
    std::optional<LedgerChange> any_change(SaleId sale);
    DeferredOrder any_deferred(SaleId sale);
    void spoil(LedgerChange& change);
    void spoil_rows(LedgerChange& change);
    Answers any_payment(SaleId sale);

    Prng random_;
    WallTime now_ = kStart;
    SqliteSide lite_;
    MariaBackend maria_;
    std::vector<SaleId> sales_;
};

SaleId TwoLedgers::new_sale(std::uint64_t number) {
    NewSale sale;
    sale.units = 12;
    sale.limit_per_buyer = 5;
    sale.opens_at = kStart;
    sale.closes_at = kStart + Millis{1'000'000};
    sale.late_payment = number == 0 ? LatePayment::kRefund : LatePayment::kReacquire;
    const AuditNote note{"tester", "test", "sale", "because"};
    const auto create = [&](auto& side) {
        Shop shop{ShopId{}, "Corner shop", "food", "Leeds"};
        const auto shop_id = side.run(side.sales().create_shop(std::move(shop), kNever));
        Goods tea{GoodsId{}, *shop_id, "Tea", "Loose leaf", Cents{500}, Currency{}};
        sale.goods = *side.run(side.sales().create_goods(std::move(tea), kNever));
        return *side.run(side.sales().create_sale(sale, note, kNever));
    };
    const auto left = create(lite_);
    SLUICE_CHECK(left == create(maria_));
    return left;
}

DeferredOrder TwoLedgers::any_deferred(SaleId sale) {
    DeferredOrder row;
    row.order = order(sale, below(kOrders));
    row.epoch = Epoch{below(4)};
    row.state = random_.one_in(2) ? DeferredState::kBuried : DeferredState::kParked;
    row.attempt = static_cast<int>(1 + below(5));
    row.due_at = now_;
    row.first_failed_at = now_;
    row.last_error = "try " + std::to_string(below(100));
    return row;
}

std::optional<LedgerChange> TwoLedgers::any_change(SaleId sale) {
    const auto snapshot = shown(sale);
    const AuditNote note{"tester", "test", "sale", "because"};
    const auto some = id(sale, below(kOrders));
    switch (below(9)) {
        case 0:
        case 1:
        case 2: {
            std::vector<RunOrder> run;
            for (auto n = 1 + below(4); n > 0; --n) {
                run.push_back({order(sale, below(kOrders)), Epoch{1 + below(3)}});
            }
            return plan_settlement(snapshot, run).change;
        }
        case 3:
            return plan_cancel(snapshot, some);
        case 4:
            return plan_expiry(snapshot, query_all(sale).orders);
        case 5:
            return plan_defer(snapshot, {any_deferred(sale)});
        case 6:
            return random_.one_in(2) ? plan_redrive(snapshot, some, note)
                                     : plan_discard(snapshot, some, note);
        case 7:
            return plan_restock(snapshot, static_cast<Units>(1 + below(3)), note);
        default:
            return plan_seal(snapshot, Epoch{snapshot.sale.epoch.value() - 1});
    }
}

// One thing that no plan would say. (Totals that are wrong but within the limit are taken by both
// ledgers: it is the auditor who compares them with the orders, law L4.)
void TwoLedgers::spoil(LedgerChange& change) {
    const auto other = id(change.sale, below(kOrders));
    switch (below(9)) {
        case 0:
            change.expected = Version{change.expected.value() + below(3) - 1};
            break;
        case 1:
            change.units += random_.one_in(2) ? 1 : -1;
            break;
        case 2:
            change.units -= 100;
            break;
        case 3:
            for (auto& total : change.bought) total.bought += 4;
            break;
        case 4:
            for (auto& total : change.bought) total.bought = -1;
            break;
        case 5: {
            const auto to = OrderState::kCancelled;
            change.move.push_back({other, OrderState::kAwaitingPayment, to, Reason::kExpired});
            break;
        }
        case 6:
            change.defer.push_back(any_deferred(change.sale));
            break;
        case 7:
            change.undefer.push_back(other);
            change.seal = Epoch{below(5)};
            break;
        default:
            spoil_rows(change);
            break;
    }
}

void TwoLedgers::spoil_rows(LedgerChange& change) {
    switch (below(5)) {
        case 0:
            for (auto& row : change.insert) row.order.quantity = 0;
            break;
        case 1:
            for (auto& row : change.insert) row.reason = Reason::kExpired;
            break;
        case 2:
            if (!change.insert.empty()) change.insert.push_back(change.insert.front());
            break;
        case 3:
            for (auto& row : change.insert) row.order.order = id(SaleId{99}, 1);
            break;
        default:
            for (auto& move : change.move) move.from = OrderState::kPaid;
            break;
    }
}

Answers TwoLedgers::any_payment(SaleId sale) {
    const auto number = below(kOrders);
    const auto wanted = order(sale, number);
    const Units extra = random_.one_in(8) ? 1 : 0;
    Payment payment;
    payment.id = PaymentId{"p" + std::to_string(below(12))};
    payment.order = wanted.order;
    payment.amount = Cents{wanted.terms.price.value() * wanted.quantity + extra};
    switch (below(5)) {
        case 0:
            return both([&](Ledger& ledger) { return ledger.settle_payment(payment.id, kNever); });
        case 1:
            return both([&](Ledger& ledger) {
                return ledger.replace_order(payment.id, id(sale, (number + 3) % kOrders), kNever);
            });
        case 2:
            return both([&](Ledger& ledger) {
                const auto reason = RefundReason::kNoStockForLateMoney;
                return ledger.refund_payment(payment.id, reason, kNever);
            });
        default:
            return both([&](Ledger& ledger) { return ledger.record_payment(payment, kNever); });
    }
}

Answers TwoLedgers::step() {
    now_ += Millis{static_cast<std::int64_t>(below(700))};
    set_now();
    const auto sale = any_sale();
    const auto kind = below(8);
    if (kind <= 1) return any_payment(sale);
    if (kind == 2 && random_.one_in(3)) {
        return both([&](Ledger& ledger) { return ledger.begin_epoch(sale, kNever); });
    }
    if (kind == 2) {
        const auto by = Millis{static_cast<std::int64_t>(below(9'000))};
        const auto some = id(sale, below(kOrders));
        return both([&](Ledger& ledger) { return ledger.extend_deadline(some, by, kNever); });
    }
    auto change = any_change(sale);
    if (!change) return {};
    if (random_.one_in(3)) spoil(*change);
    return both([&](Ledger& ledger) { return ledger.apply(*change, kNever); });
}

TEST(MariaSameAnswers, AsTheEmbeddedLedgerWhateverItIsAsked) {
    constexpr int kSteps = 250;
    std::map<std::string, int> kinds;
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        TwoLedgers ledgers(seed);
        for (int i = 0; i < kSteps; ++i) {
            const auto [left, right] = ledgers.step();
            ASSERT_EQ(left, right) << "seed " << seed << " step " << i;
            ++kinds[left.substr(0, left.find(' ', left.starts_with("error") ? 6 : 0))];
            const auto [wanted, is] = ledgers.look();
            ASSERT_EQ(wanted, is) << "seed " << seed << " after step " << i << ": " << left;
        }
    }
    std::string met;
    for (const auto& [kind, count] : kinds) met += kind + " " + std::to_string(count) + ", ";
    GTEST_LOG_(INFO) << met;
    for (const auto* kind : {"truth", "version", "rows", "sealed", "error permanent"}) {
        EXPECT_GT(kinds[kind], 0) << kind;
    }
}

}  // namespace
}  // namespace sluice
