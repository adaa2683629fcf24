#pragma once
// What the ledger's contract suites share. A Backend is a default-constructible class that gives
// the ports of one fresh, empty store:
//
//     Ledger& ledger();  SaleBook& sales();  OrderBook& orders();  ReviewBook& reviews();
//     InvalidationOutbox& outbox();  cache::IdSource& shop_ids();  cache::IdSource& goods_ids();
//     std::unique_ptr<audit::Evidence> evidence();   // what the auditor would read now
//     void set_now(WallTime);                        // the database clock
//     void restart();                                // what a new process finds; earlier
//     references are invalid T run(Task<T>);                                // to its end

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "audit/evidence.h"
#include "domain/changes.h"
#include "domain/settlement.h"
#include "ports/invalidation_outbox.h"
#include "ports/ledger.h"
#include "ports/order_book.h"
#include "ports/review_book.h"
#include "ports/sale_book.h"

namespace sluice {

template <class Backend>
class LedgerFixture : public ::testing::Test {
protected:
    static constexpr WallTime kNow = wall_from_ms(1'800'000'000'000);
    static constexpr Millis kPaymentWindow{60'000};
    static constexpr Deadline kNever = Deadline::never();

    void SetUp() override { backend_.set_now(kNow); }

    Ledger& ledger() { return backend_.ledger(); }
    SaleBook& sales() { return backend_.sales(); }
    OrderBook& orders() { return backend_.orders(); }
    ReviewBook& reviews() { return backend_.reviews(); }
    InvalidationOutbox& outbox() { return backend_.outbox(); }
    // The pages named since the last call, in order; takes them out.
    std::vector<std::string> invalidated() {
        const auto rows = get(outbox().read(1'000, kNever));
        std::vector<std::string> pages;
        std::vector<std::int64_t> ids;
        for (const auto& row : rows) {
            pages.push_back(row.page);
            ids.push_back(row.id);
        }
        get(outbox().remove(std::move(ids), kNever));
        return pages;
    }
    void at(WallTime now) { backend_.set_now(now); }

    // The value of a call that must succeed.
    template <class T>
    T get(Task<Result<T>> task) {
        auto result = backend_.run(std::move(task));
        EXPECT_TRUE(result.ok()) << (result.ok() ? "" : to_string(result.error()));
        return std::move(*result);
    }
    // The code of a call that must fail.
    template <class T>
    Code code(Task<Result<T>> task) {
        auto result = backend_.run(std::move(task));
        EXPECT_FALSE(result.ok());
        return result.ok() ? Code::kInternal : result.error().code;
    }

    static AuditNote note() { return {"tester", "test", "sale", "because"}; }

    GoodsId goods() {
        Shop shop{ShopId{}, "Corner shop", "food", "Leeds"};
        const auto id = get(sales().create_shop(std::move(shop), kNever));
        Goods tea{GoodsId{}, id, "Tea", "Loose leaf", Cents{500}, Currency{}};
        return get(sales().create_goods(std::move(tea), kNever));
    }
    NewSale new_sale(Units units = 10, Units limit = 3) {
        NewSale sale;
        sale.goods = goods();
        sale.units = units;
        sale.limit_per_buyer = limit;
        sale.opens_at = kNow;
        sale.closes_at = kNow + Millis{3'600'000};
        sale.terms = terms();
        return sale;
    }
    static Terms terms(std::int64_t price = 500) {
        Terms terms;
        terms.price = Cents{price};
        terms.payment_window = kPaymentWindow;
        return terms;
    }
    SaleId create(NewSale sale) {
        return get(sales().create_sale(std::move(sale), note(), kNever));
    }
    SaleId open_sale(Units units = 10, Units limit = 3) {
        const auto sale = create(new_sale(units, limit));
        get(sales().set_sale_state(sale, SaleState::kOpen, note(), kNever));
        return sale;
    }

    static AcceptedOrder order(
        SaleId sale, std::uint8_t number, const std::string& buyer, Units quantity = 1
    ) {
        AcceptedOrder order;
        order.order = OrderId::compose(sale, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number});
        order.buyer = BuyerId{buyer};
        order.quantity = quantity;
        order.accepted_at = kNow;
        order.terms = terms();
        return order;
    }
    static DeferredOrder deferred(
        SaleId sale, AcceptedOrder order, DeferredState state = DeferredState::kParked
    ) {
        DeferredOrder row;
        row.order = std::move(order);
        row.sale = sale;
        row.epoch = Epoch{1};
        row.state = state;
        row.due_at = kNow + Millis{5'000};
        row.first_failed_at = kNow;
        row.last_error = "could not";
        return row;
    }

    SaleSnapshot snapshot(SaleId sale, std::vector<OrderId> ids, std::vector<BuyerId> buyers = {}) {
        SnapshotQuery query{sale, std::move(ids), std::move(buyers)};
        return get(ledger().snapshot(std::move(query), kNever));
    }
    SaleSnapshot snapshot_for(const std::vector<AcceptedOrder>& accepted) {
        std::vector<OrderId> ids;
        std::vector<BuyerId> buyers;
        for (const auto& each : accepted) {
            ids.push_back(each.order);
            buyers.push_back(each.buyer);
        }
        return snapshot(accepted.front().order.sale(), std::move(ids), std::move(buyers));
    }
    Applied apply(LedgerChange change) { return get(ledger().apply(std::move(change), kNever)); }
    LedgerTruth truth(LedgerChange change) {
        auto applied = apply(std::move(change));
        EXPECT_TRUE(std::holds_alternative<LedgerTruth>(applied));
        return std::get<LedgerTruth>(std::move(applied));
    }
    static bool is_conflict(const Applied& applied, Conflict conflict) {
        const auto* found = std::get_if<Conflict>(&applied);
        return found != nullptr && *found == conflict;
    }

    SettlementPlan plan(const std::vector<AcceptedOrder>& accepted, Epoch epoch = Epoch{1}) {
        const auto shown = snapshot_for(accepted);
        std::vector<RunOrder> run;
        for (const auto& each : accepted) run.push_back({each, epoch});
        return plan_settlement(shown, run);
    }
    LedgerTruth settle(const std::vector<AcceptedOrder>& accepted) {
        auto planned = plan(accepted);
        EXPECT_TRUE(planned.change.has_value());
        return truth(std::move(*planned.change));
    }
    LedgerTruth park(const AcceptedOrder& accepted, DeferredState state = DeferredState::kParked) {
        const auto sale = accepted.order.sale();
        auto change = plan_defer(snapshot_for({accepted}), {deferred(sale, accepted, state)});
        EXPECT_TRUE(change.has_value());
        return truth(std::move(*change));
    }

    std::optional<OrderRow> row(OrderId id) { return get(orders().find_order(id, kNever)); }
    OrderState state(OrderId id) {
        const auto found = row(id);
        EXPECT_TRUE(found.has_value());
        return found ? found->state : OrderState::kHeld;
    }
    Payment payment(const std::string& id, const AcceptedOrder& paid, std::int64_t amount = 500) {
        return {PaymentId{id}, paid.order, Cents{amount}, paid.terms.currency};
    }

    // Nothing changed and the log of movements is gapless and sums up: laws L2 and L3.
    void expect_books_balance(SaleId sale) {
        auto evidence = backend_.evidence();
        std::vector<audit::SaleFacts> facts;
        ASSERT_TRUE(evidence->sales(facts)) << evidence->last_error();
        std::uint64_t version = 0;
        Units available = 0;
        ASSERT_TRUE(evidence->movements([&](const audit::MovementFacts& movement) {
            if (movement.sale != sale.value()) return;
            EXPECT_EQ(movement.version, ++version);
            available += movement.units;
            EXPECT_EQ(movement.available_after, available);
        }));
        for (const auto& fact : facts) {
            if (fact.sale != sale.value()) continue;
            EXPECT_EQ(fact.version, version);
            EXPECT_EQ(fact.available, available);
            EXPECT_EQ(fact.available + fact.active_units, fact.total);
        }
    }
    // The refused change left no trace.
    void expect_untouched(SaleId sale, Version version, Units available) {
        const auto shown = snapshot(sale, {});
        EXPECT_EQ(shown.version, version);
        EXPECT_EQ(shown.sale.available, available);
        expect_books_balance(sale);
    }

    Backend backend_;
};

}  // namespace sluice
