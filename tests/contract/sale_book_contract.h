#pragma once
// What every SaleBook and OrderBook does: creating, the operator's word, listing by cursor,
// figures, and the auditor's view of the same rows.

#include "contract/ledger_fixture.h"

namespace sluice {

template <class Backend>
class SaleBookContract : public LedgerFixture<Backend> {
protected:
    Code refused(NewSale sale) {
        return this->code(this->sales().create_sale(std::move(sale), this->note(), this->kNever));
    }
};
TYPED_TEST_SUITE_P(SaleBookContract);

TYPED_TEST_P(SaleBookContract, ShopsAndGoodsAreFoundAndListedByCursor) {
    auto& book = this->sales();
    std::vector<ShopId> shops;
    for (const auto* name : {"one", "two", "three"}) {
        Shop shop{ShopId{}, name, "food", "Leeds"};
        shops.push_back(this->get(book.create_shop(std::move(shop), this->kNever)));
    }
    EXPECT_EQ(this->get(book.find_shop(shops[1], this->kNever))->name, "two");
    EXPECT_FALSE(this->get(book.find_shop(ShopId{99}, this->kNever)));
    ShopQuery behind_third;
    behind_third.after = ShopCursor{0, shops[2]};
    behind_third.rows_max = 1;
    auto page = this->get(book.list_shops(behind_third, this->kNever));
    ASSERT_EQ(page.size(), 1U);
    EXPECT_EQ(page[0].id, shops[1]);

    Goods tea{GoodsId{}, shops[2], "Tea", "Loose", Cents{500}, Currency{}};
    const auto goods = this->get(book.create_goods(tea, this->kNever));
    const auto found = this->get(book.find_goods(goods, this->kNever));
    EXPECT_EQ(found->title, "Tea");
    EXPECT_EQ(found->price, Cents{500});
    EXPECT_EQ(found->shop, shops[2]);
    EXPECT_EQ(this->get(book.list_goods_of(shops[2], GoodsId{}, 9, this->kNever)).size(), 1U);
    tea.shop = ShopId{99};
    EXPECT_EQ(this->code(book.create_goods(tea, this->kNever)), Code::kNotFound);
}

TYPED_TEST_P(SaleBookContract, SaleStartsAsDraftWithItsFirstMovement) {
    auto wanted = this->new_sale(7, 2);
    wanted.id = SaleId{41};
    wanted.partitions = 4;
    wanted.secret_number = 3;
    EXPECT_EQ(this->create(wanted), SaleId{41});
    const auto sale = *this->get(this->sales().find_sale(SaleId{41}, this->kNever));
    EXPECT_EQ(sale.title, "Tea");
    EXPECT_EQ(sale.state, SaleState::kDraft);
    EXPECT_EQ(sale.gate_state, GateState::kRecovering);
    EXPECT_EQ(sale.total, 7);
    EXPECT_EQ(sale.available, 7);
    EXPECT_EQ(sale.limit_per_buyer, 2);
    EXPECT_EQ(sale.epoch, Epoch{1});
    EXPECT_EQ(sale.revision, Revision{1});
    EXPECT_EQ(sale.partition, Partition{1});
    EXPECT_EQ(sale.secret_number, 3U);
    EXPECT_EQ(sale.terms, wanted.terms);
    EXPECT_EQ(sale.opens_at, wanted.opens_at);
    EXPECT_EQ(sale.closes_at, wanted.closes_at);
    EXPECT_FALSE(sale.retired);
    this->expect_untouched(SaleId{41}, Version{1}, 7);
    EXPECT_EQ(this->create(this->new_sale()), SaleId{42});
    EXPECT_EQ(this->refused(wanted), Code::kConflict);
}

TYPED_TEST_P(SaleBookContract, BadSalesAreRefusedWithoutTrace) {
    const auto good = this->new_sale();
    auto bad = good;
    bad.goods = GoodsId{99};
    EXPECT_EQ(this->refused(bad), Code::kNotFound);
    bad = good;
    bad.units = 0;
    EXPECT_EQ(this->refused(bad), Code::kInvalidField);
    bad.units = kStockUnitsMax + 1;
    EXPECT_EQ(this->refused(bad), Code::kInvalidField);
    bad = good;
    bad.closes_at = bad.opens_at;
    EXPECT_EQ(this->refused(bad), Code::kPermanent);
    bad = good;
    bad.limit_per_buyer = 0;
    EXPECT_EQ(this->refused(bad), Code::kPermanent);
    auto all = this->sales().list_sales(std::nullopt, SaleId{}, 9, this->kNever);
    EXPECT_TRUE(this->get(std::move(all)).empty());
}

TYPED_TEST_P(SaleBookContract, OperatorsWordFollowsTheTable) {
    const auto sale = this->create(this->new_sale());
    const auto move = [&](SaleState to) {
        return this->sales().set_sale_state(sale, to, this->note(), this->kNever);
    };
    EXPECT_EQ(this->code(move(SaleState::kPaused)), Code::kConflict);
    EXPECT_EQ(this->get(move(SaleState::kOpen)).revision, Revision{2});
    EXPECT_EQ(this->get(move(SaleState::kOpen)).revision, Revision{2});
    EXPECT_EQ(this->get(move(SaleState::kPaused)).state, SaleState::kPaused);
    EXPECT_EQ(this->get(move(SaleState::kOpen)).revision, Revision{4});
    EXPECT_EQ(this->get(move(SaleState::kClosed)).revision, Revision{5});
    EXPECT_EQ(this->code(move(SaleState::kOpen)), Code::kConflict);
    auto missing =
        this->sales().set_sale_state(SaleId{99}, SaleState::kOpen, this->note(), this->kNever);
    EXPECT_EQ(this->code(std::move(missing)), Code::kNotFound);
    this->expect_untouched(sale, Version{1}, 10);
}

TYPED_TEST_P(SaleBookContract, CatalogueNamesLeaseAndAllButDrafts) {
    this->create(this->new_sale());
    const auto open = this->open_sale();
    const auto catalogue = this->get(this->ledger().read_catalogue(this->kNever));
    EXPECT_EQ(catalogue.lease, Millis{3'000});
    EXPECT_EQ(catalogue.lease_margin, Millis{500});
    EXPECT_EQ(catalogue.now, this->kNow);
    ASSERT_EQ(catalogue.sales.size(), 1U);
    EXPECT_EQ(catalogue.sales[0].id, open);
    const auto list = [&](std::optional<SaleState> state, SaleId after) {
        return this->get(this->sales().list_sales(state, after, 9, this->kNever));
    };
    EXPECT_EQ(list(std::nullopt, SaleId{}).size(), 2U);
    EXPECT_EQ(list(SaleState::kDraft, SaleId{}).size(), 1U);
    EXPECT_EQ(list(std::nullopt, open).size(), 0U);
}

TYPED_TEST_P(SaleBookContract, OrdersAreListedByBuyerStateAndCursor) {
    const auto first = this->open_sale();
    const auto second = this->open_sale();
    const auto a = this->order(first, 1, "ann");
    const auto b = this->order(first, 2, "bob");
    const auto c = this->order(second, 1, "ann");
    this->settle({a, b});
    this->settle({c});
    const auto list = [&](OrderFilter filter) {
        std::vector<OrderId> ids;
        for (const auto& row : this->get(this->orders().list_orders(filter, this->kNever))) {
            ids.push_back(row.order);
        }
        return ids;
    };
    using Ids = std::vector<OrderId>;
    OrderFilter filter;
    EXPECT_EQ(list(filter), (Ids{a.order, b.order, c.order}));
    filter.after = a.order;
    EXPECT_EQ(list(filter), (Ids{b.order, c.order}));
    filter.rows_max = 1;
    EXPECT_EQ(list(filter), (Ids{b.order}));
    filter = {};
    filter.buyer = BuyerId{"ann"};
    EXPECT_EQ(list(filter), (Ids{a.order, c.order}));
    filter.sale = second;
    EXPECT_EQ(list(filter), (Ids{c.order}));
    filter.state = OrderState::kPaid;
    EXPECT_EQ(list(filter), Ids{});
}

TYPED_TEST_P(SaleBookContract, FiguresAddUp) {
    const auto sale = this->open_sale(10, 3);
    const auto paid = this->order(sale, 1, "ann", 1);
    this->settle({paid, this->order(sale, 2, "bob", 2), this->order(sale, 3, "eve", 4)});
    this->get(this->ledger().record_payment(this->payment("p1", paid), this->kNever));
    const auto figures = this->get(this->orders().stock_figures(sale, this->kNever));
    EXPECT_EQ(figures.total, 10);
    EXPECT_EQ(figures.available, 7);
    EXPECT_EQ(figures.paid, 1);
    EXPECT_EQ(figures.awaiting_payment, 2);
    EXPECT_EQ(figures.orders, 3U);
    EXPECT_EQ(figures.rejected_orders, 1U);
    EXPECT_EQ(figures.cancelled_orders, 0U);
    EXPECT_EQ(this->code(this->orders().stock_figures(SaleId{99}, this->kNever)), Code::kNotFound);
}

TYPED_TEST_P(SaleBookContract, FiguresFollowEveryMove) {
    const auto sale = this->open_sale(10, 9);
    const auto figures = [&] {
        const auto now = this->get(this->orders().stock_figures(sale, this->kNever));
        return std::vector<Units>{
            now.available, now.awaiting_payment, now.paid, static_cast<Units>(now.orders),
            static_cast<Units>(now.cancelled_orders), static_cast<Units>(now.rejected_orders)};
    };
    using Figures = std::vector<Units>;
    EXPECT_EQ(figures(), (Figures{10, 0, 0, 0, 0, 0}));
    const auto first = this->order(sale, 1, "ann", 3);
    auto free = this->order(sale, 2, "bob", 2);
    free.terms.price = Cents{0};
    this->settle({first, free});
    EXPECT_EQ(figures(), (Figures{5, 3, 2, 2, 0, 0}));
    this->truth(*plan_cancel(this->snapshot_for({first}), first.order));
    EXPECT_EQ(figures(), (Figures{8, 0, 2, 2, 1, 0}));
    const auto second = this->order(sale, 3, "ann", 1);
    this->settle({second, this->order(sale, 4, "eve", 9)});
    EXPECT_EQ(figures(), (Figures{7, 1, 2, 4, 1, 1}));
    this->get(this->ledger().record_payment(this->payment("p1", second), this->kNever));
    this->get(this->ledger().record_payment(this->payment("p1", second), this->kNever));
    EXPECT_EQ(figures(), (Figures{7, 0, 3, 4, 1, 1}));
}

TYPED_TEST_P(SaleBookContract, OrderBookDoesNotBeginAfterTheDeadline) {
    const auto sale = this->open_sale(10, 3);
    const auto passed = Deadline{Instant::min()};
    EXPECT_EQ(this->code(this->orders().stock_figures(sale, passed)), Code::kTimeout);
    EXPECT_EQ(this->code(this->orders().find_order(OrderId::compose(sale, {}), passed)), Code::kTimeout);
    EXPECT_EQ(this->code(this->orders().list_orders(OrderFilter{}, passed)), Code::kTimeout);
}

TYPED_TEST_P(SaleBookContract, EvidenceSeesWhatTheLedgerWrote) {
    const auto sale = this->open_sale(10, 3);
    const auto mine = this->order(sale, 1, "ann", 2);
    const auto held = this->order(sale, 3, "eve", 2);
    this->settle({mine, this->order(sale, 2, "bob", 4)});
    this->park(held);
    this->get(this->ledger().record_payment(this->payment("p1", mine, 1'000), this->kNever));
    auto evidence = this->backend_.evidence();
    std::vector<audit::SaleFacts> sales;
    ASSERT_TRUE(evidence->sales(sales));
    ASSERT_EQ(sales.size(), 1U);
    EXPECT_EQ(sales[0].title, "Tea");
    EXPECT_EQ(sales[0].active_units, 2);
    EXPECT_EQ(sales[0].paid, 1U);
    EXPECT_EQ(sales[0].rejected, 1U);
    EXPECT_EQ(sales[0].deferred_units, 2);
    EXPECT_EQ(sales[0].gate_state, "recovering");

    std::vector<audit::OrderFacts> orders;
    ASSERT_TRUE(evidence->orders([&](const audit::OrderFacts& row) { orders.push_back(row); }));
    ASSERT_EQ(orders.size(), 2U);
    EXPECT_EQ(orders[0].order, mine.order.text());
    EXPECT_EQ(orders[0].state, "paid");
    EXPECT_EQ(orders[1].reason, "limit_reached");
    std::vector<audit::BuyerFacts> buyers;
    ASSERT_TRUE(evidence->buyers([&](const audit::BuyerFacts& row) { buyers.push_back(row); }));
    EXPECT_EQ(buyers[0].buyer, "ann");
    EXPECT_EQ(buyers[0].totals_row, 2);
    EXPECT_EQ(buyers[0].active_units, 2);
    std::vector<audit::PaymentFacts> payments;
    ASSERT_TRUE(evidence->payments([&](const audit::PaymentFacts& row) { payments.push_back(row); })
    );
    ASSERT_EQ(payments.size(), 1U);
    EXPECT_EQ(payments[0].order, mine.order.text());
    EXPECT_EQ(payments[0].replacement, "");
    EXPECT_EQ(payments[0].state, "applied");
    std::vector<audit::QueuedFacts> parked;
    ASSERT_TRUE(evidence->deferred_orders([&](const audit::QueuedFacts& row) {
        parked.push_back(row);
    }));
    ASSERT_EQ(parked.size(), 1U);
    EXPECT_EQ(parked[0].order, held.order.text());
    EXPECT_EQ(parked[0].quantity, 2);
}

TYPED_TEST_P(SaleBookContract, EvidenceIsOneMoment) {
    const auto sale = this->open_sale();
    auto evidence = this->backend_.evidence();
    this->settle({this->order(sale, 1, "ann")});
    std::vector<audit::SaleFacts> sales;
    ASSERT_TRUE(evidence->sales(sales));
    EXPECT_EQ(sales[0].version, 1U);
    EXPECT_EQ(sales[0].orders, 0U);
}

REGISTER_TYPED_TEST_SUITE_P(
    SaleBookContract, ShopsAndGoodsAreFoundAndListedByCursor, SaleStartsAsDraftWithItsFirstMovement,
    BadSalesAreRefusedWithoutTrace, OperatorsWordFollowsTheTable,
    CatalogueNamesLeaseAndAllButDrafts, OrdersAreListedByBuyerStateAndCursor, FiguresAddUp,
    FiguresFollowEveryMove, OrderBookDoesNotBeginAfterTheDeadline, EvidenceSeesWhatTheLedgerWrote, EvidenceIsOneMoment
);

}  // namespace sluice
