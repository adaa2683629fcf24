#pragma once
// What every Ledger does with a LedgerChange, whatever it is made of. Rejection is tested twice:
// the plan refuses, and the ledger refuses a change forced past the plan.

#include "contract/ledger_fixture.h"

namespace sluice {

template <class Backend>
class LedgerContract : public LedgerFixture<Backend> {};
TYPED_TEST_SUITE_P(LedgerContract);

TYPED_TEST_P(LedgerContract, SettleTakesUnitsAndTellsTheTruth) {
    const auto sale = this->open_sale();
    const auto first = this->order(sale, 1, "ann", 2);
    const auto second = this->order(sale, 2, "bob", 1);
    const auto truth = this->settle({first, second});
    EXPECT_EQ(truth.version, Version{2});
    EXPECT_EQ(truth.epoch, Epoch{1});
    EXPECT_EQ(truth.available, 7);
    ASSERT_EQ(truth.finished.size(), 2U);
    EXPECT_EQ(truth.finished[0], (FinishedOrder{first.order, Letter::kSettled}));
    ASSERT_EQ(truth.bought.size(), 2U);
    EXPECT_EQ(truth.bought[0], (BuyerTotal{BuyerId{"ann"}, 2}));

    const auto row = this->row(first.order);
    ASSERT_TRUE(row);
    EXPECT_EQ(row->state, OrderState::kAwaitingPayment);
    EXPECT_EQ(row->buyer, BuyerId{"ann"});
    EXPECT_EQ(row->quantity, 2);
    EXPECT_EQ(row->terms, first.terms);
    EXPECT_EQ(row->accepted_at, first.accepted_at);
    EXPECT_EQ(row->settled_at, this->kNow);
    EXPECT_EQ(row->deadline_at, this->kNow + this->kPaymentWindow);
    this->expect_books_balance(sale);
}

TYPED_TEST_P(LedgerContract, SnapshotShowsRowsTotalsAndStockOfOneVersion) {
    const auto sale = this->open_sale();
    const auto mine = this->order(sale, 1, "ann", 2);
    this->settle({mine});
    const auto parked = this->order(sale, 2, "bob");
    this->park(parked);
    const auto unknown = this->order(sale, 3, "eve");

    const auto shown = this->snapshot(
        sale, {mine.order, mine.order, parked.order, unknown.order}, {BuyerId{"eve"}}
    );
    EXPECT_EQ(shown.sale.id, sale);
    EXPECT_EQ(shown.version, Version{3});
    EXPECT_EQ(shown.sale.available, 8);
    EXPECT_EQ(shown.sealed_epoch, Epoch{0});
    EXPECT_EQ(shown.now, this->kNow);
    ASSERT_EQ(shown.orders.size(), 1U);
    EXPECT_EQ(shown.orders[0].order, mine.order);
    ASSERT_EQ(shown.deferred.size(), 1U);
    EXPECT_EQ(shown.deferred[0].order, parked);
    EXPECT_EQ(shown.deferred[0].last_error, "could not");
    ASSERT_EQ(shown.bought.size(), 1U);  // ann's, through her order; eve has none
    EXPECT_EQ(shown.bought[0], (BuyerTotal{BuyerId{"ann"}, 2}));
}

TYPED_TEST_P(LedgerContract, SnapshotOfAnUnknownSaleIsNotFound) {
    SnapshotQuery query{SaleId{77}, {}, {}};
    EXPECT_EQ(this->code(this->ledger().snapshot(std::move(query), this->kNever)), Code::kNotFound);
    LedgerChange change;
    change.sale = SaleId{77};
    change.expected = Version{1};
    EXPECT_EQ(this->code(this->ledger().apply(std::move(change), this->kNever)), Code::kNotFound);
}

TYPED_TEST_P(LedgerContract, FreeOrderIsPaidAtOnce) {
    const auto sale = this->open_sale();
    auto gift = this->order(sale, 1, "ann");
    gift.terms = this->terms(0);
    this->settle({gift});
    EXPECT_EQ(this->state(gift.order), OrderState::kPaid);
    EXPECT_FALSE(this->row(gift.order)->payment);
}

TYPED_TEST_P(LedgerContract, RejectWritesItsReasonAndTakesNoUnits) {
    const auto sale = this->open_sale(10, 1);
    const auto greedy = this->order(sale, 1, "ann", 2);
    const auto truth = this->settle({greedy});
    EXPECT_EQ(truth.version, Version{2});  // a pure reject takes a version as well
    EXPECT_EQ(truth.available, 10);
    EXPECT_EQ(truth.finished[0].letter, Letter::kRejected);
    EXPECT_EQ(this->row(greedy.order)->reason, Reason::kLimitReached);
    this->expect_books_balance(sale);
}

TYPED_TEST_P(LedgerContract, StaleVersionIsAConflictWithoutTrace) {
    const auto sale = this->open_sale();
    auto late = this->plan({this->order(sale, 1, "ann")});
    this->settle({this->order(sale, 2, "bob")});
    EXPECT_TRUE(this->is_conflict(this->apply(std::move(*late.change)), Conflict::kVersion));
    this->expect_untouched(sale, Version{2}, 9);
    EXPECT_FALSE(this->row(this->order(sale, 1, "ann").order));
}

TYPED_TEST_P(LedgerContract, SecondRowOfAnOrderIsRefusedTwice) {
    const auto sale = this->open_sale();
    const auto mine = this->order(sale, 1, "ann");
    auto forced = *this->plan({mine}).change;
    this->settle({mine});
    const auto again = this->plan({mine});
    EXPECT_EQ(again.decisions[0], Settlement::kDuplicate);
    EXPECT_FALSE(again.change);

    forced.expected = Version{2};
    EXPECT_TRUE(this->is_conflict(this->apply(std::move(forced)), Conflict::kRows));
    this->expect_untouched(sale, Version{2}, 9);
}

TYPED_TEST_P(LedgerContract, OversellingIsRefusedTwice) {
    const auto sale = this->open_sale(1);
    auto mine = this->order(sale, 1, "ann", 2);
    const auto planned = this->plan({mine});
    EXPECT_EQ(planned.decisions[0], Settlement::kReject);

    LedgerChange forced;
    forced.sale = sale;
    forced.expected = Version{1};
    forced.units = -2;
    forced.insert.push_back({mine, OrderState::kAwaitingPayment, Reason::kNone});
    EXPECT_EQ(this->code(this->ledger().apply(std::move(forced), this->kNever)), Code::kPermanent);
    this->expect_untouched(sale, Version{1}, 1);
    EXPECT_FALSE(this->row(mine.order));
}

TYPED_TEST_P(LedgerContract, ChangeThatContradictsItselfIsRefused) {
    const auto sale = this->open_sale(10, 2);
    const auto mine = this->order(sale, 1, "ann", 2);
    const auto good = *this->plan({mine}).change;
    const auto refused = [&](LedgerChange change) {
        return this->code(this->ledger().apply(std::move(change), this->kNever));
    };

    auto units = good;  // stock that moves without an order
    units.units = -1;
    EXPECT_EQ(refused(units), Code::kPermanent);
    auto limit = good;
    limit.bought[0].bought = 3;
    EXPECT_EQ(refused(limit), Code::kPermanent);
    auto quantity = good;
    quantity.insert[0].order.quantity = 0;
    EXPECT_EQ(refused(quantity), Code::kPermanent);
    auto foreign = good;
    foreign.insert[0].order.order = this->order(SaleId{99}, 1, "ann").order;
    EXPECT_EQ(refused(foreign), Code::kPermanent);
    auto reason = good;
    reason.insert[0].reason = Reason::kSoldOut;
    EXPECT_EQ(refused(reason), Code::kPermanent);
    auto transition = good;
    transition.insert.clear();
    transition.move.push_back({mine.order, OrderState::kPaid, OrderState::kCancelled, {}});
    EXPECT_EQ(refused(transition), Code::kPermanent);
    this->expect_untouched(sale, Version{1}, 10);
}

TYPED_TEST_P(LedgerContract, CancelGivesUnitsBackOnce) {
    const auto sale = this->open_sale();
    const auto mine = this->order(sale, 1, "ann", 2);
    this->settle({mine, this->order(sale, 2, "bob", 3)});
    auto change = plan_cancel(this->snapshot_for({mine}), mine.order);
    ASSERT_TRUE(change);
    const auto forced_move = change->move[0];
    const auto truth = this->truth(std::move(*change));
    EXPECT_EQ(truth.available, 7);
    EXPECT_EQ(truth.bought[0], (BuyerTotal{BuyerId{"ann"}, 0}));
    EXPECT_EQ(truth.finished[0].letter, Letter::kCancelled);
    EXPECT_EQ(this->row(mine.order)->reason, Reason::kBuyerCancelled);

    EXPECT_FALSE(plan_cancel(this->snapshot_for({mine}), mine.order));
    LedgerChange forced;
    forced.sale = sale;
    forced.expected = truth.version;
    forced.units = 2;
    forced.move.push_back(forced_move);
    EXPECT_TRUE(this->is_conflict(this->apply(std::move(forced)), Conflict::kRows));
    this->expect_untouched(sale, Version{3}, 7);
}

TYPED_TEST_P(LedgerContract, OneFailedRowUndoesTheWholeChange) {
    const auto sale = this->open_sale();
    const auto paid = this->order(sale, 1, "ann");
    const auto open = this->order(sale, 2, "bob");
    this->settle({paid, open});
    this->at(this->kNow + this->kPaymentWindow);
    const std::vector<OrderId> both{paid.order, open.order};
    auto change = plan_expiry(this->snapshot(sale, both), both);
    ASSERT_TRUE(change);
    this->get(this->ledger().record_payment(this->payment("p1", paid), this->kNever));
    EXPECT_TRUE(this->is_conflict(this->apply(std::move(*change)), Conflict::kRows));
    EXPECT_EQ(this->state(open.order), OrderState::kAwaitingPayment);
    this->expect_untouched(sale, Version{2}, 8);
}

TYPED_TEST_P(LedgerContract, ExpiryHoldsToTheDeadlineEvenWhenForced) {
    const auto sale = this->open_sale();
    const auto mine = this->order(sale, 1, "ann");
    this->settle({mine});
    this->at(this->kNow + this->kPaymentWindow);
    auto change = plan_expiry(this->snapshot_for({mine}), std::array{mine.order});
    ASSERT_TRUE(change);
    const auto by = Millis{5 * 60'000};
    this->get(this->ledger().extend_deadline(mine.order, by, this->kNever));
    EXPECT_TRUE(this->is_conflict(this->apply(std::move(*change)), Conflict::kRows));
    EXPECT_FALSE(plan_expiry(this->snapshot_for({mine}), std::array{mine.order}));

    this->at(this->kNow + this->kPaymentWindow + by);
    change = plan_expiry(this->snapshot_for({mine}), std::array{mine.order});
    ASSERT_TRUE(change);
    this->truth(std::move(*change));
    EXPECT_EQ(this->row(mine.order)->reason, Reason::kExpired);
    this->expect_books_balance(sale);
}

TYPED_TEST_P(LedgerContract, RestockAddsToTotalAndAvailable) {
    const auto sale = this->open_sale();
    const auto truth = this->truth(plan_restock(this->snapshot(sale, {}), 5, this->note()));
    EXPECT_EQ(truth.available, 15);
    EXPECT_EQ(this->get(this->sales().find_sale(sale, this->kNever))->total, 15);
    this->expect_books_balance(sale);
}

TYPED_TEST_P(LedgerContract, RestartKeepsEverything) {
    const auto sale = this->open_sale();
    const auto mine = this->order(sale, 1, "ann", 2);
    this->settle({mine});
    this->park(this->order(sale, 2, "bob"));
    this->backend_.restart();
    const auto shown = this->snapshot(sale, {mine.order, this->order(sale, 2, "bob").order});
    EXPECT_EQ(shown.version, Version{3});
    EXPECT_EQ(shown.sale.available, 8);
    EXPECT_EQ(shown.orders.size(), 1U);
    EXPECT_EQ(shown.deferred.size(), 1U);
    this->expect_books_balance(sale);
}

TYPED_TEST_P(LedgerContract, PassedDeadlineDoesNothing) {
    const auto sale = this->open_sale();
    auto planned = this->plan({this->order(sale, 1, "ann")});
    const auto passed = Deadline{Instant::min()};
    auto refused = this->ledger().apply(std::move(*planned.change), passed);
    EXPECT_EQ(this->code(std::move(refused)), Code::kTimeout);
    this->expect_untouched(sale, Version{1}, 10);
}

REGISTER_TYPED_TEST_SUITE_P(
    LedgerContract, SettleTakesUnitsAndTellsTheTruth, SnapshotShowsRowsTotalsAndStockOfOneVersion,
    SnapshotOfAnUnknownSaleIsNotFound, FreeOrderIsPaidAtOnce, RejectWritesItsReasonAndTakesNoUnits,
    StaleVersionIsAConflictWithoutTrace, SecondRowOfAnOrderIsRefusedTwice,
    OversellingIsRefusedTwice, ChangeThatContradictsItselfIsRefused, CancelGivesUnitsBackOnce,
    OneFailedRowUndoesTheWholeChange, ExpiryHoldsToTheDeadlineEvenWhenForced,
    RestockAddsToTotalAndAvailable, RestartKeepsEverything, PassedDeadlineDoesNothing
);

}  // namespace sluice
